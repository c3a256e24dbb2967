//! Signs that can be written by their names, as in `:wave:`.

/// Names and signs, in the order in which they are offered. The names are those of the Unicode CLDR, shortened where
/// people have long used shorter ones.
const EMOJI: [(&str, &str); 96] = [
    ("thumbs_up", "👍"),
    ("thumbs_down", "👎"),
    ("heart", "❤️"),
    ("smile", "😄"),
    ("joy", "😂"),
    ("tada", "🎉"),
    ("eyes", "👀"),
    ("wave", "👋"),
    ("clap", "👏"),
    ("pray", "🙏"),
    ("fire", "🔥"),
    ("rocket", "🚀"),
    ("check", "✅"),
    ("cross", "❌"),
    ("thinking", "🤔"),
    ("sad", "😢"),
    ("grin", "😁"),
    ("wink", "😉"),
    ("blush", "😊"),
    ("heart_eyes", "😍"),
    ("kiss", "😘"),
    ("cool", "😎"),
    ("neutral", "😐"),
    ("confused", "😕"),
    ("worried", "😟"),
    ("angry", "😠"),
    ("cry", "😭"),
    ("scream", "😱"),
    ("sleepy", "😴"),
    ("sick", "🤒"),
    ("mind_blown", "🤯"),
    ("shrug", "🤷"),
    ("facepalm", "🤦"),
    ("hug", "🤗"),
    ("upside_down", "🙃"),
    ("sweat", "😅"),
    ("party", "🥳"),
    ("nerd", "🤓"),
    ("robot", "🤖"),
    ("ghost", "👻"),
    ("skull", "💀"),
    ("ok_hand", "👌"),
    ("raised_hands", "🙌"),
    ("point_up", "☝️"),
    ("muscle", "💪"),
    ("handshake", "🤝"),
    ("broken_heart", "💔"),
    ("green_heart", "💚"),
    ("blue_heart", "💙"),
    ("star", "⭐"),
    ("sparkles", "✨"),
    ("hundred", "💯"),
    ("warning", "⚠️"),
    ("question", "❓"),
    ("exclamation", "❗"),
    ("bulb", "💡"),
    ("bug", "🐛"),
    ("lock", "🔒"),
    ("key", "🔑"),
    ("gear", "⚙️"),
    ("hammer", "🔨"),
    ("wrench", "🔧"),
    ("package", "📦"),
    ("memo", "📝"),
    ("calendar", "📅"),
    ("clock", "🕒"),
    ("hourglass", "⏳"),
    ("phone", "📞"),
    ("mail", "📧"),
    ("link", "🔗"),
    ("camera", "📷"),
    ("music", "🎵"),
    ("book", "📖"),
    ("coffee", "☕"),
    ("tea", "🍵"),
    ("beer", "🍺"),
    ("wine", "🍷"),
    ("cake", "🎂"),
    ("pizza", "🍕"),
    ("apple", "🍎"),
    ("tomato", "🍅"),
    ("seedling", "🌱"),
    ("tree", "🌳"),
    ("flower", "🌸"),
    ("rose", "🌹"),
    ("sun", "☀️"),
    ("cloud", "☁️"),
    ("rain", "🌧️"),
    ("snow", "❄️"),
    ("moon", "🌙"),
    ("rainbow", "🌈"),
    ("dog", "🐶"),
    ("cat", "🐱"),
    ("bird", "🐦"),
    ("fish", "🐟"),
    ("world", "🌍"),
];

/// The signs whose names hold this, those that begin with it first.
pub(crate) fn find(part: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let part = part.to_lowercase();
    let begins = part.clone();
    let first = EMOJI.into_iter().filter(move |(name, _)| name.starts_with(&begins));
    first.chain(EMOJI.into_iter().filter(move |(name, _)| !name.starts_with(&part) && name.contains(&part)))
}

/// A text in which names between colons are the signs that they name.
pub(crate) fn replaced(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(start) = rest.find(':') {
        let (before, after) = rest.split_at(start);
        out.push_str(before);
        let named = after[1..].find(':').and_then(|end| {
            let name = &after[1..=end];
            EMOJI.iter().find(|(known, _)| *known == name).map(|(_, sign)| (*sign, end + 2))
        });
        match named {
            Some((sign, length)) => {
                out.push_str(sign);
                rest = &after[length..];
            }
            None => {
                out.push(':');
                rest = &after[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::{find, replaced};

    #[test]
    fn names_between_colons_become_signs_and_other_colons_stay() {
        for (written, meant) in [
            (":tada:", "🎉"),
            ("a :wave: b:heart::fire:", "a 👋 b❤️🔥"),
            ("12:30:45 and :none: and :tada", "12:30:45 and :none: and :tada"),
            ("::", "::"),
            ("", ""),
        ] {
            assert_eq!(replaced(written), meant);
        }
        assert_eq!(find("hea").map(|(name, _)| name).next(), Some("heart"));
        assert_eq!(find("HEART").count(), 5);
    }
}
