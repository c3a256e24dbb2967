//! An example of each act, for whoever left something out.

use super::{Act, Argument, Kind};

impl Act {
    /// Its command with something in the place of each argument; in `sala chat` it is about the room that is shown.
    pub(crate) fn example(&self, in_chat: bool) -> String {
        let command = if in_chat { self.slash.to_owned() } else { self.script() };
        let shown = self.arguments.iter().filter(|argument| !in_chat || argument.kind != Kind::Here);
        let words = shown.map(|argument| match self.sample(argument) {
            text if !in_chat && text.contains(' ') => format!("\"{text}\""),
            word => word.to_owned(),
        });
        std::iter::once(command).chain(words).collect::<Vec<_>>().join(" ")
    }

    /// What might stand for one of its arguments.
    pub(crate) fn sample(&self, argument: &Argument) -> &'static str {
        match argument.kind {
            Kind::Here | Kind::Room => "garden",
            Kind::NewRoom => "orchard",
            Kind::Person if self.word == "ban" => "eve",
            Kind::Person => "bob",
            Kind::Post if self.word == "edit" => "-1",
            Kind::Post => "18",
            Kind::Duration if self.word == "slow" => "30s",
            Kind::Duration => "1d",
            Kind::Text => match argument.name {
                "TOPIC" => "what grows",
                "REASON" => "shouting",
                "NOTE" => "we met in the garden",
                "STATUS" => "at lunch",
                "WORDS" if self.word == "hold" => "casino poker",
                "WORDS" => "green tomatoes",
                "DEVICE…|all" => "4",
                _ => "yes, and red ones too",
            },
            Kind::Sign => "👍",
            Kind::OneOf(words) => words[0],
            Kind::Number if argument.name == "USES" => "10",
            Kind::Number => "2",
            Kind::Whom => "203.0.113.0/24",
            Kind::Moment => "7d",
            Kind::File => "mine.json",
        }
    }
}
