//! Lines however they are cut, and what becomes of each that is no request.

use sala_core::entry::PostNumber;
use sala_core::limits::{
    HAVE_MAX, NAME_CHARS_MAX, PAGE_ENTRIES_MAX, POST_BYTES_MAX, REQUEST_BYTES_MAX, TOPIC_BYTES_MAX,
};
use sala_core::protocol::{Line, LineBuffer, parse};
use sala_core::refusal::{Code, Fate};

/// The lines that come of these pieces; `None` for one that is too long.
fn lines<'a>(max: usize, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Option<Vec<u8>>> {
    let mut buffer = LineBuffer::new(max);
    let mut lines = Vec::new();
    for piece in pieces {
        buffer.feed(piece, |line| {
            lines.push(match line {
                Line::Whole(line) => Some(line.to_vec()),
                Line::TooLong => None,
            });
        });
    }
    lines
}

fn whole(lines: &[&str]) -> Vec<Option<Vec<u8>>> {
    lines.iter().map(|line| (*line != "too long").then(|| line.as_bytes().to_vec())).collect()
}

/// Every way to cut these bytes in three gives these lines, and so does byte by byte.
fn demand(max: usize, bytes: &[u8], expected: &[Option<Vec<u8>>]) {
    for first in 0..=bytes.len() {
        for second in first..=bytes.len() {
            let pieces = [&bytes[..first], &bytes[first..second], &bytes[second..]];
            assert_eq!(lines(max, pieces), expected, "cut at {first} and {second}");
        }
    }
    assert_eq!(lines(max, bytes.chunks(1)), expected, "byte by byte");
}

#[test]
fn lines_are_the_same_however_they_are_cut() {
    let bytes = "{\"do\":\"ping\"}\n\n{\"do\":\"bye\"}\r\n\r\nçé→😀\n{\"cut";
    demand(64, bytes.as_bytes(), &whole(&[r#"{"do":"ping"}"#, r#"{"do":"bye"}"#, "çé→😀"]));
}

#[test]
fn a_line_that_is_too_long_is_told_once_and_dropped() {
    demand(8, b"1234567\n12345678\n1\n", &whole(&["1234567", "too long", "1"]));
    demand(8, b"12345678901234567890\n1\n", &whole(&["too long", "1"]));
    demand(8, b"1\n12345678901234567890", &whole(&["1", "too long"]));
    demand(8, b"123456\r\n1234567\r\n", &whole(&["123456", "too long"]));
    demand(4, b"12345\n12345\n12\n", &whole(&["too long", "too long", "12"]));
}

#[test]
fn a_line_may_be_as_long_as_the_limit_and_no_longer() {
    let mut line = vec![b'x'; REQUEST_BYTES_MAX - 1];
    line.push(b'\n');
    assert_eq!(lines(REQUEST_BYTES_MAX, [&line[..]]), [Some(line[..REQUEST_BYTES_MAX - 1].to_vec())]);
    line.insert(0, b'x');
    assert_eq!(lines(REQUEST_BYTES_MAX, [&line[..]]), [None]);
    assert_eq!(lines(REQUEST_BYTES_MAX, line.chunks(1_000)), [None]);
}

#[test]
fn only_the_last_carriage_return_belongs_to_the_newline() {
    demand(64, b"a\r\r\nb\rc\n\r\r\n", &whole(&["a\r", "b\rc", "\r"]));
}

/// The code with which a line is refused, and the `id` and `n` under which.
fn refused(line: &[u8]) -> (Code, Option<u64>, Option<u64>) {
    let refused = parse(line).expect_err(&format!("{} is refused", String::from_utf8_lossy(line)));
    assert_eq!((refused.refusal.fate, refused.refusal.retry_ms), (Fate::NotStored, None));
    assert!(!refused.refusal.text.is_empty());
    (refused.refusal.code, refused.id, refused.n.map(PostNumber::value))
}

#[test]
fn a_line_that_is_no_request_is_refused_under_its_id() {
    for (line, code, id) in [
        ("", Code::BadJson, None),
        ("ping", Code::BadJson, None),
        ("7", Code::BadJson, None),
        ("[]", Code::BadJson, None),
        (r#"[1,"ping",null,null,null,null,null,null,null,null,null,null,null]"#, Code::BadJson, None),
        (r#"{"do":"ping"} {"do":"ping"}"#, Code::BadJson, None),
        (r#"{"id":1,"do":"ping""#, Code::BadJson, None),
        ("{}", Code::BadRequest, None),
        (r#"{"id":1}"#, Code::BadRequest, Some(1)),
        (r#"{"id":1,"do":7}"#, Code::BadRequest, Some(1)),
        (r#"{"id":1,"do":"ping","do":"pong"}"#, Code::BadRequest, Some(1)),
        (r#"{"id":"1","do":"ping"}"#, Code::BadRequest, None),
        (r#"{"id":-1,"do":"ping"}"#, Code::BadRequest, None),
        (r#"{"id":1,"do":"sing"}"#, Code::UnknownRequest, Some(1)),
        (r#"{"id":1,"do":"join"}"#, Code::BadRequest, Some(1)),
        (r#"{"id":1,"do":"join","room":""}"#, Code::BadName, Some(1)),
        (r#"{"id":1,"do":"join","room":"no spaces"}"#, Code::BadName, Some(1)),
        (r#"{"id":1,"do":"rooms","after":7}"#, Code::BadRequest, Some(1)),
        (r#"{"id":1,"do":"who","room":"lobby","after":7}"#, Code::BadRequest, Some(1)),
        (r#"{"id":1,"do":"page","room":"lobby","limit":0}"#, Code::BadRequest, Some(1)),
        (r#"{"id":1,"do":"page","room":"lobby","limit":201}"#, Code::BadRequest, Some(1)),
        (r#"{"id":1,"do":"page","room":"lobby","after":"x"}"#, Code::BadRequest, Some(1)),
        (r#"{"id":1,"do":"page","room":"lobby","after":1,"before":9}"#, Code::BadRequest, Some(1)),
        (r#"{"id":1,"do":"topic","room":"lobby"}"#, Code::BadRequest, Some(1)),
        (r#"{"id":1,"do":"topic","room":"lobby","text":"\u0007"}"#, Code::BadText, Some(1)),
    ] {
        assert_eq!(refused(line.as_bytes()), (code, id, None), "{line}");
    }
    assert_eq!(refused(b"{\"do\":\"ping\",\"x\":\"\xff\"}"), (Code::BadUtf8, None, None));
}

#[test]
fn a_post_that_is_no_post_is_refused_under_its_number() {
    let long = "x".repeat(POST_BYTES_MAX + 1);
    for (fields, code, n) in [
        (r#""n":3"#.to_owned(), Code::BadRequest, Some(3)),
        (r#""text":"x""#.to_owned(), Code::BadRequest, None),
        (r#""n":0,"text":"x""#.to_owned(), Code::BadNumber, None),
        (r#""n":9007199254740992,"text":"x""#.to_owned(), Code::BadNumber, None),
        (r#""n":1.5,"text":"x""#.to_owned(), Code::BadRequest, None),
        (r#""n":3,"text":7"#.to_owned(), Code::BadRequest, Some(3)),
        (r#""n":3,"text":"""#.to_owned(), Code::EmptyText, Some(3)),
        (r#""n":3,"text":" \n\t ""#.to_owned(), Code::EmptyText, Some(3)),
        (r#""n":3,"text":"a\u001b[2Jb""#.to_owned(), Code::BadText, Some(3)),
        (format!(r#""n":3,"text":"{long}""#), Code::TextTooLong, Some(3)),
    ] {
        let line = format!(r#"{{"do":"post","id":5,"room":"lobby",{fields}}}"#);
        assert_eq!(refused(line.as_bytes()), (code, Some(5), n), "{line}");
    }
}

#[test]
fn an_enter_that_is_none_is_refused() {
    let enter = |name: &str, token: &str, device: &str| {
        let line = format!(r#"{{"do":"enter","name":"{name}","token":"{token}","device":"{device}"}}"#);
        parse(line.as_bytes()).map_err(|refused| refused.refusal.code)
    };
    let (token, long) = ("t".repeat(32), "x".repeat(NAME_CHARS_MAX + 1));
    assert!(enter("ana", &token, "").is_ok());
    assert!(enter("ana", &"t".repeat(128), "my laptop (old)").is_ok());
    assert_eq!(enter(&long, &token, ""), Err(Code::BadName));
    assert_eq!(enter("ana", &"t".repeat(31), ""), Err(Code::BadToken));
    assert_eq!(enter("ana", &"t".repeat(129), ""), Err(Code::BadToken));
    assert_eq!(enter("ana", &format!("{token}+"), ""), Err(Code::BadToken));
    assert_eq!(enter("ana", &token, &"d".repeat(33)), Err(Code::BadToken));
    assert_eq!(enter("ana", &token, "é"), Err(Code::BadToken));
    let have: Vec<String> = (0..=HAVE_MAX).map(|room| format!("\"r{room}\":1")).collect();
    let line = format!(r#"{{"do":"enter","name":"ana","token":"{token}","have":{{{}}}}}"#, have.join(","));
    assert_eq!(refused(line.as_bytes()).0, Code::BadRequest);
}

#[test]
fn what_a_server_does_not_know_is_passed_over() {
    let known = parse(br#"{"do":"join","room":"lobby"}"#).unwrap();
    let more = br#" {"colour":{"red":[1,2]},"do":"join","id":null,"room":"lobby","text":null} "#;
    assert_eq!(parse(more).unwrap(), known);
    let token = "t".repeat(32);
    let line = format!(r#"{{"do":"enter","name":"ana","token":"{token}","have":{{"no room":3,"lobby":4}}}}"#);
    let again = parse(&parse(line.as_bytes()).unwrap().encode()).unwrap();
    assert_eq!(again, parse(line.replace("\"no room\":3,", "").as_bytes()).unwrap());
}

#[test]
fn every_text_within_its_limit_fits_a_line() {
    let escaped = "\\u0009".repeat(POST_BYTES_MAX - 1) + "x";
    let name = "n".repeat(NAME_CHARS_MAX);
    let line =
        format!(r#"{{"id":18446744073709551615,"do":"post","room":"{name}","n":1,"text":"{escaped}"}}"#);
    assert!(line.len() < REQUEST_BYTES_MAX);
    assert!(parse(line.as_bytes()).is_ok());
    let topic = |bytes: usize| {
        format!(
            r#"{{"do":"create","room":"attic","topic":"{}"}}"#,
            "é".repeat(bytes / 2) + &"x".repeat(bytes % 2)
        )
    };
    assert!(parse(topic(TOPIC_BYTES_MAX).as_bytes()).is_ok());
    assert_eq!(refused(topic(TOPIC_BYTES_MAX + 1).as_bytes()).0, Code::TextTooLong);
    let page = format!(r#"{{"do":"page","room":"lobby","limit":{PAGE_ENTRIES_MAX}}}"#);
    assert!(parse(page.as_bytes()).is_ok());
}

#[test]
fn a_token_is_never_shown() {
    let token = "t".repeat(32);
    let enter = parse(format!(r#"{{"do":"enter","name":"ana","token":"{token}"}}"#).as_bytes()).unwrap();
    assert!(!format!("{enter:?}").contains(&token));
    let bad = format!(r#"{{"do":"enter","name":"","token":"{token}","have":7}}"#);
    assert!(!parse(bad.as_bytes()).unwrap_err().refusal.text.contains(&token));
}
