//! What may be a name, and which names are taken for one another.

use precis_profiles::UsernameCasePreserved;
use precis_profiles::precis_core::profile::PrecisFastInvocation;
use sala_core::limits::{NAME_BYTES_MAX, NAME_CHARS_MAX};
use sala_core::name::{Name, NameError, NameKeys, RoomName};

/// What is typed, and what comes of it: the name as it is shown, or why there is none.
#[rustfmt::skip]
fn verdicts() -> Vec<(&'static str, Result<&'static str, NameError>)> {
    use NameError::{Character, Direction, Edge, Empty, Marks, MixedScripts};
    vec![
        // Ordinary names, in many scripts.
        ("maria",                     Ok("maria")),
        ("Maria",                     Ok("Maria")),
        ("m",                         Ok("m")),
        ("7",                         Ok("7")),
        ("2026-11",                   Ok("2026-11")),
        ("user_1",                    Ok("user_1")),
        ("maria.silva",               Ok("maria.silva")),
        ("a-b_c.d",                   Ok("a-b_c.d")),
        ("José",                      Ok("José")),
        ("straße",                    Ok("straße")),
        ("İstanbul",                  Ok("İstanbul")),
        ("ırmak",                     Ok("ırmak")),
        ("Nguyễn",                    Ok("Nguyễn")),
        ("paral·lel",                 Ok("paral·lel")),
        ("Мария",                     Ok("Мария")),
        ("Μαρία",                     Ok("Μαρία")),
        ("מריה",                      Ok("מריה")),
        ("מריה7",                     Ok("מריה7")),
        ("مريم",                      Ok("مريم")),
        ("मारिया",                    Ok("मारिया")),
        ("มาเรีย",                    Ok("มาเรีย")),
        ("マリア",                    Ok("マリア")),
        ("ジョン・スミス",            Ok("ジョン・スミス")),
        ("鈴木まりア",                Ok("鈴木まりア")),
        ("김마리아",                  Ok("김마리아")),
        ("Sony株式会社",              Ok("Sony株式会社")),
        ("kim김",                     Ok("kim김")),
        // Forms that are brought into one.
        ("Jose\u{301}",               Ok("José")),
        ("ｍａｒｉａ",                Ok("maria")),
        ("ｶﾞｶﾞ",                      Ok("ガガ")),
        // Nothing, or nothing visible.
        ("",                          Err(Empty)),
        (" ",                         Err(Character(' '))),
        ("\u{200b}",                  Err(Character('\u{200b}'))),
        ("\u{feff}maria",             Err(Character('\u{feff}'))),
        ("ma\u{ad}ria",               Err(Character('\u{ad}'))),
        ("ma\u{200d}ria",             Err(Character('\u{200d}'))),
        ("क\u{94d}\u{200d}ष",         Err(Character('\u{200d}'))),
        ("ma\u{fe0f}ria",             Err(Character('\u{fe0f}'))),
        ("maria\u{3164}",             Err(Character('\u{3164}'))),
        // White space and controls.
        ("maria silva",               Err(Character(' '))),
        ("maria\n",                   Err(Character('\n'))),
        ("maria\u{a0}silva",          Err(Character('\u{a0}'))),
        ("ma\u{1b}[31mria",           Err(Character('\u{1b}'))),
        ("ma\0ria",                   Err(Character('\0'))),
        // What would break a mention, a path, or a line of anything.
        ("@maria",                    Err(Character('@'))),
        ("＠maria",                   Err(Character('@'))),
        ("#lobby",                    Err(Character('#'))),
        ("a/b",                       Err(Character('/'))),
        ("a\\b",                      Err(Character('\\'))),
        ("a:b",                       Err(Character(':'))),
        ("a,b",                       Err(Character(','))),
        ("a\"b",                      Err(Character('"'))),
        ("<b>",                       Err(Character('<'))),
        ("a'b",                       Err(Character('\''))),
        ("a’b",                       Err(Character('’'))),
        ("a*b",                       Err(Character('*'))),
        ("a|b",                       Err(Character('|'))),
        ("maria😀",                   Err(Character('😀'))),
        ("²",                         Err(Character('²'))),
        ("ﬁn",                        Err(Character('ﬁ'))),
        ("𝐦𝐚𝐫𝐢𝐚",                     Err(Character('𝐦'))),
        ("ⓜaria",                     Err(Character('ⓜ'))),
        ("Ⅷ",                         Err(Character('Ⅷ'))),
        // The ends, and what joins.
        (".maria",                    Err(Edge)),
        ("maria.",                    Err(Edge)),
        ("-",                         Err(Edge)),
        ("_maria_",                   Err(Edge)),
        ("maria..silva",              Err(Edge)),
        ("maria_-silva",              Err(Edge)),
        ("・マリア",                  Err(Edge)),
        ("l·",                        Err(Edge)),
        ("a·b",                       Err(Character('·'))),
        ("\u{301}maria",              Err(Edge)),
        ("\u{93e}",                   Err(Edge)),
        // Accents.
        ("a\u{301}\u{301}",           Err(Marks)),
        ("a\u{301}\u{302}\u{303}\u{304}\u{306}", Err(Marks)),
        // Alphabets.
        ("аdmin",                     Err(MixedScripts)),
        ("pаypal",                    Err(MixedScripts)),
        ("mαria",                     Err(MixedScripts)),
        ("Мaрия",                     Err(MixedScripts)),
        ("김マリア",                  Err(MixedScripts)),
        ("mariaמ",                    Err(Direction)),
        // Direction.
        ("\u{202e}airam",             Err(Character('\u{202e}'))),
        ("ma\u{2066}ria",             Err(Character('\u{2066}'))),
        ("מריהmaria",                 Err(Direction)),
        ("7מריה",                     Err(Direction)),
    ]
}

#[test]
fn every_text_gets_its_verdict() {
    for (text, expected) in verdicts() {
        let shown = Name::parse(text).map(|name| name.as_str().to_owned());
        assert_eq!(shown, expected.clone().map(str::to_owned), "{text:?} as a person's name");
        let shown = RoomName::parse(text).map(|name| name.as_str().to_owned());
        assert_eq!(shown, expected.map(str::to_owned), "{text:?} as a room's name");
    }
}

#[test]
fn the_lengths_are_those_of_the_limits() {
    assert!(Name::parse(&"a".repeat(NAME_CHARS_MAX)).is_ok());
    let long = Name::parse(&"a".repeat(NAME_CHARS_MAX + 1));
    assert_eq!(long, Err(NameError::TooLong { chars: NAME_CHARS_MAX + 1, bytes: NAME_CHARS_MAX + 1 }));
    assert!(Name::parse(&"я".repeat(NAME_BYTES_MAX / 2)).is_ok());
    assert!(Name::parse(&"鈴".repeat(NAME_BYTES_MAX / 3)).is_ok());
    assert!(matches!(Name::parse(&"鈴".repeat(NAME_BYTES_MAX / 3 + 1)), Err(NameError::TooLong { .. })));
    // Double width is measured as what it becomes, and a flood is refused before it is looked at.
    assert!(Name::parse(&"ａ".repeat(NAME_CHARS_MAX)).is_ok());
    assert!(matches!(Name::parse(&"@".repeat(100_000)), Err(NameError::TooLong { chars: 100_000, .. })));
}

#[test]
fn names_that_look_alike_are_taken_for_one_another() {
    #[rustfmt::skip]
    let pairs = [
        ("maria", "maria"),       ("Maria", "MARIA"),       ("maria", "rnaria"),     ("MARIA", "rnaria"),
        ("paypal", "paypaI"),     ("paypal", "paypa1"),     ("PAYPAL", "paypaI"),    ("l1", "II"),
        ("bob", "b0b"),           ("BOB", "b0b"),           ("O", "0"),              ("o", "0"),
        ("Jose\u{301}", "José"),  ("JOSÉ", "josé"),         ("straße", "STRASSE"),   ("straße", "STRAẞE"),
        ("straße", "strasse"),    ("ΟΔΟΣ", "οδος"),         ("οδοσ", "οδος"),        ("İstanbul", "istanbul"),
        ("ıstanbul", "istanbul"), ("ISTANBUL", "ıstanbul"), ("İSTANBUL", "istanbul"), ("ｍａｒｉａ", "maria"),
        ("соре", "cope"),         ("СОРЕ", "COPE"),         ("СОРЕ", "cope"),        ("Мария", "МАРИЯ"),
        ("а", "a"),               ("ѕсоре", "scope"),       ("ο", "o"),              ("ΑΒΕ", "ABE"),
        ("ガ", "ｶﾞ"),             ("エ", "工"),             ("modern", "modem"),     ("Νίκος", "ΝΊΚΟΣ"),
    ];
    for (one, other) in pairs {
        assert!(collide(one, other), "{one} passes for {other}: {:?} {:?}", keys(one), keys(other));
        assert!(collide(other, one), "{other} passes for {one}");
    }
}

#[test]
fn names_that_look_different_are_told_apart() {
    #[rustfmt::skip]
    let pairs = [
        ("maria", "mario"),       ("maria", "maria2"),      ("jose", "josé"),        ("maria", "мария"),
        ("a-b", "a_b"),           ("a.b", "ab"),            ("ana", "anna"),         ("user1", "user2"),
        ("i", "l"),               ("u", "v"),               ("ss", "s"),             ("Müller", "Muller"),
        ("mueller", "müller"),    ("はは", "ばば"),         ("김", "강"),            ("sala", "lobby"),
    ];
    for (one, other) in pairs {
        assert!(!collide(one, other), "{one} is not {other}: {:?} {:?}", keys(one), keys(other));
    }
}

#[test]
fn the_same_name_differs_in_nothing_but_case() {
    let same = |one: &str, other: &str| Name::parse(one).unwrap().same(&Name::parse(other).unwrap());
    for (one, other) in [
        ("maria", "MARIA"),
        ("José", "JOSE\u{301}"),
        ("straße", "STRASSE"),
        ("οδος", "ΟΔΟΣ"),
        ("ΐ", "Ϊ\u{301}"),
        ("istanbul", "İSTANBUL"),
    ] {
        assert!(same(one, other), "{one} {other}");
    }
    for (one, other) in [("maria", "rnaria"), ("paypal", "paypaI"), ("jose", "josé"), ("соре", "cope")] {
        assert!(!same(one, other), "{one} {other}");
    }
}

#[test]
fn neither_key_does_without_the_other() {
    let keys = |text| Name::parse(text).unwrap().keys();
    assert_ne!(keys("MARIA").skeleton_folded, keys("rnaria").skeleton_folded);
    assert_ne!(keys("paypal").folded_skeleton, keys("paypaI").folded_skeleton);
}

#[test]
fn a_name_parsed_again_is_the_same_name() {
    let mut names = 0;
    for point in 0..=u32::from(char::MAX) {
        let Some(c) = char::from_u32(point) else { continue };
        names += u32::from(survives(&format!("{c}")));
    }
    assert!(names > 30_000, "the scripts of the world are letters of names: only {names} are");

    // Sequences matter too: composition, marks, sigma, joiners. A plain congruence draws them, always the same.
    let alphabet: Vec<char> =
        "aAiIİıjmrnßẞſσςΣée\u{301}\u{307}\u{327}\u{323}ｶﾞカ\u{3099}ㅎ김क\u{94d}-_.·l7٣אаіＡ".chars().collect();
    let mut chance: u64 = 1;
    let mut draw = |below: usize| {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(chance >> 33).unwrap() % below
    };
    let mut names = 0;
    for _ in 0..50_000 {
        let text: String = (0..=draw(6)).map(|_| alphabet[draw(alphabet.len())]).collect();
        names += u32::from(survives(&text));
    }
    assert!(names > 1_000, "the draw is worth its name: only {names} of its texts are names");
}

#[test]
fn a_name_is_a_string_on_the_wire() {
    let name: Name = serde_json::from_str("\"Jose\u{301}\"").unwrap();
    assert_eq!(serde_json::to_string(&name).unwrap(), "\"José\"");
    let refused = serde_json::from_str::<RoomName>("\"a b\"").unwrap_err().to_string();
    assert!(refused.contains(&NameError::Character(' ').to_string()), "{refused}");
}

#[test]
fn a_message_says_what_to_do_and_repeats_nothing_invisible() {
    let message = |text: &str| Name::parse(text).unwrap_err().to_string();
    assert_eq!(
        message("a@b"),
        "a name cannot hold `@` (U+0040) there: use letters and digits, with `-`, `_` or `.` between them"
    );
    assert!(message("ma ria").contains("a space"));
    for text in ["a\u{1b}b", "a\u{202e}b", "a\u{200d}b", "a\u{20e3}", "a\nb"] {
        assert!(message(text).is_ascii() && !message(text).contains(char::is_control), "{}", message(text));
    }
}

fn survives(text: &str) -> bool {
    let Ok(name) = Name::parse(text) else { return false };
    let again = Name::parse(name.as_str());
    assert_eq!(again.as_ref(), Ok(&name), "{text:?}");
    assert!(
        UsernameCasePreserved::enforce(text).is_ok_and(|shown| shown == name.as_str()),
        "{text:?} by RFC 8265"
    );
    let lower: String = name.as_str().chars().flat_map(char::to_lowercase).collect();
    if let Ok(lower) = Name::parse(&lower) {
        assert_eq!(lower.keys().folded_skeleton, name.keys().folded_skeleton, "{text:?} in lower case");
    }
    true
}

fn collide(one: &str, other: &str) -> bool {
    let (one, other) = (keys(one), keys(other));
    one.folded_skeleton == other.folded_skeleton || one.skeleton_folded == other.skeleton_folded
}

fn keys(text: &str) -> NameKeys {
    Name::parse(text).expect("the tables of pairs hold names only").keys()
}
