//! Every word that the interface says, in the languages that it speaks.

use crate::settings::Language;
use crate::visible::visible;
use crate::when::{Day, Month, When};
use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use sala_core::time::Wall;
use unic_langid::LanguageIdentifier;

const ENGLISH: &str = include_str!("../words/en.ftl");
const PORTUGUESE: &str = include_str!("../words/pt-BR.ftl");

/// Letters of a day of the week above a calendar.
const WEEKDAY_CHARS: usize = 3;

/// A language's words.
pub struct Words {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl Words {
    /// The words of a language.
    #[must_use]
    pub fn of(language: Language) -> Self {
        let (tag, text) = match language {
            Language::English => ("en", ENGLISH),
            Language::Portuguese => ("pt-BR", PORTUGUESE),
        };
        let tag: LanguageIdentifier = tag.parse().expect("both are language tags");
        let resource = FluentResource::try_new(text.to_owned()).expect("a test reads every file of words");
        let mut bundle = FluentBundle::new(vec![tag]);
        // What is put into a sentence is shown in the same direction as the sentence.
        bundle.set_use_isolating(false);
        bundle.add_resource(resource).expect("a test reads every file of words");
        Words { language, bundle }
    }

    /// The system's language, if it is spoken here, else English.
    #[must_use]
    pub fn system() -> Language {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let tag = set("LC_ALL").or_else(|| set("LC_MESSAGES")).or_else(|| set("LANG")).unwrap_or_default();
        if tag.starts_with("pt") { Language::Portuguese } else { Language::English }
    }

    /// Which language these are of.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// What stands under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> String {
        self.format(key, None)
    }

    /// What stands under a key, with these values put into it.
    #[must_use]
    pub fn put<'v, const N: usize>(&self, key: &str, values: [(&'v str, FluentValue<'v>); N]) -> String {
        let args: FluentArgs<'_> = values.into_iter().map(|(name, value)| (name, shown(value))).collect();
        self.format(key, Some(&args))
    }

    fn format(&self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let pattern = self.bundle.get_message(key).and_then(|message| message.value());
        // A test demands that there is none that is missing; a person is better off with the key than without a window.
        let Some(pattern) = pattern else { return key.to_owned() };
        let mut errors = Vec::new();
        self.bundle.format_pattern(pattern, args, &mut errors).into_owned()
    }

    /// A day, as people call it.
    #[must_use]
    pub fn day(&self, day: Day, today: Day) -> String {
        if day == today {
            return self.get("day-today");
        }
        if day == today.before() {
            return self.get("day-yesterday");
        }
        let (year, month, number, weekday) = day.parts();
        let (weekdays, months) = (self.get("weekdays"), self.get("months"));
        let weekday = nth(&weekdays, weekday);
        let month = nth(&months, month);
        let values = [
            ("weekday", weekday.into()),
            ("day", number.to_string().into()),
            ("month", month.into()),
            ("year", year.to_string().into()),
        ];
        self.put(if today.parts().0 == year { "day-this-year" } else { "day-with-year" }, values)
    }

    /// A month, as people call it.
    #[must_use]
    pub fn month(&self, month: Month) -> String {
        let (year, number, ..) = month.first().parts();
        let months = self.get("months");
        let values = [("month", nth(&months, number).into()), ("year", year.to_string().into())];
        self.put("month-with-year", values)
    }

    /// The days of the week as they stand above a calendar, from Monday.
    #[must_use]
    pub fn weekdays(&self) -> Vec<String> {
        let short = |day: &str| day.chars().take(WEEKDAY_CHARS).collect();
        self.get("weekdays").split_whitespace().map(short).collect()
    }

    /// A moment, as people call it: the day, if it is not today, and the time.
    #[must_use]
    pub fn moment(&self, at: Wall, now: Wall, when: &When) -> String {
        let (day, today) = (when.day(at), when.day(now));
        let time = when.time(at);
        if day == today {
            return time;
        }
        self.put("moment", [("day", self.day(day, today).into()), ("time", time.into())])
    }
}

/// A value as it may stand in a sentence: some are others' words.
fn shown(value: FluentValue<'_>) -> FluentValue<'_> {
    match value {
        FluentValue::String(text) => visible(&text).into_owned().into(),
        value => value,
    }
}

/// The item with this number, from 1, of a list that is written with blanks.
fn nth(list: &str, number: i8) -> String {
    let index = usize::try_from(number - 1).unwrap_or(0);
    list.split_whitespace().nth(index).unwrap_or_default().to_owned()
}
