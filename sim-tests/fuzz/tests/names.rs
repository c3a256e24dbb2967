//! Names of people and rooms in all letters that there are: what is taken for a name stays one.

use sala_core::name::{Name, RoomName};
use sala_fuzz::Choices;

/// Letters that have let somebody pass for another elsewhere.
const ODD: &[char] = &[
    'a',
    'A',
    'l',
    'I',
    '1',
    'O',
    '0',
    'm',
    'r',
    'n',
    '-',
    '_',
    '.',
    ' ',
    '~',
    '\u{0}',
    '\u{7f}',
    '\u{ad}',
    'ß',
    'ẞ',
    'ſ',
    'İ',
    'ı',
    'ς',
    'Σ',
    'а',
    'е',
    'ѕ',
    'Κ',
    'ﬁ',
    'ᴀ',
    '𝐚',
    '\u{301}',
    '\u{345}',
    '\u{200b}',
    '\u{200d}',
    '\u{202e}',
    '\u{2066}',
    '\u{feff}',
    'أ',
    'א',
    '٣',
    '۳',
    '３',
    'ア',
    '글',
    '漢',
    '\u{1100}',
    '\u{1161}',
    '\u{e000}',
    '\u{fffd}',
    '\u{10ffff}',
];

#[test]
fn what_is_taken_for_a_name_stays_one() {
    bolero::check!().for_each(|bytes: &[u8]| {
        let mut choices = Choices::new(bytes);
        let mut text = String::new();
        while !choices.is_over() {
            let any = u32::from(choices.byte()) << 12 | u32::try_from(choices.below(4_096)).unwrap_or(0);
            let letter = if choices.byte() % 4 == 0 { char::from_u32(any) } else { None };
            text.push(letter.unwrap_or_else(|| choices.one(ODD)));
        }
        if let Ok(name) = Name::parse(&text) {
            let again = Name::parse(name.as_str()).expect("a name that is shown can be typed");
            assert_eq!(again.as_str(), name.as_str());
            assert!(again.same(&name) && again.keys() == name.keys());
            // In capitals or not, nobody else can have it: one of its two keys is taken.
            for cased in [name.as_str().to_lowercase(), name.as_str().to_uppercase()] {
                let Ok(cased) = Name::parse(&cased) else { continue };
                let (taken, wanted) = (name.keys(), cased.keys());
                let collides = taken.folded_skeleton == wanted.folded_skeleton
                    || taken.skeleton_folded == wanted.skeleton_folded;
                assert!(!cased.same(&name) || collides, "{name:?} {cased:?}");
            }
            assert!(!name.as_str().chars().any(char::is_control), "{name:?}");
        }
        if let Ok(room) = RoomName::parse(&text) {
            let again = RoomName::parse(room.as_str()).expect("a room that is shown can be typed");
            assert!(again.same(&room) && again.as_str() == room.as_str());
        }
    });
}
