//! What scripts print, and what the chat shows in a sheet, for each kind of answer.

use crate::answer::rows;
use sala_core::protocol::Update;

/// One of each, with texts that would do a terminal harm.
const ANSWERS: [&str; 12] = [
    r#"{"t":"rooms","rooms":[{"room":"garden","topic":"what\ngrows\u001b[31m","members":12,"joined":true},{"room":"~7","title":"vault","kind":"private","topic":"","members":1,"joined":false}],"more":false}"#,
    r#"{"t":"who","room":"garden","members":[{"name":"ana","here":true,"role":"owner"},{"name":"bo","here":true,"mode":"away","status":"at\u202elunch"},{"name":"cy","here":false}],"more":false}"#,
    r#"{"t":"friends","people":[{"name":"bo","stands":"friend","here":true,"mode":"busy","status":"digging"},{"name":"cy","stands":"asked_by","here":false},{"name":"di","stands":"blocked","here":false}],"more":false}"#,
    r#"{"t":"devices","devices":[{"device":1,"label":"laptop k3f9 1","seen":1767225600000,"here":true,"this":true},{"device":2,"label":"laptop k3f9 2","seen":1767225600000,"here":false,"this":false},{"device":3,"label":"pc x7a2 1","seen":1767225600000,"here":true,"this":false},{"device":4,"label":"phone","seen":1767225600000,"here":false,"this":false}]}"#,
    r#"{"t":"me","name":"ana","account":true,"admin":true,"totp":true,"recovery":7,"mode":"away","status":"at lunch","audience":"friends","invitations":[{"room":"~7","title":"vault","by":"bo"}],"strangers":{"registration":true,"guests":false}}"#,
    r#"{"t":"links","room":"~7","links":[{"link":3,"by":"ana","until":1767398400000,"uses":9},{"link":4,"by":"bo"}]}"#,
    r#"{"t":"sanctions","room":"garden","sanctions":[{"what":"ban","whom":"bo","by":"ana","until":1767312000000,"reason":"shouting"},{"what":"ban","whom":"203.0.113.0/24","reason":""}],"more":false}"#,
    r#"{"t":"reports","room":"garden","reports":[{"report":2,"at":1767225600000,"by":"cy","seq":18,"reason":"not nice"}],"more":false}"#,
    r#"{"t":"held","room":"garden","words":["casino","poker"],"links":true,"posts":[{"held":4,"at":1767225600000,"by":"bo","device":3,"n":4,"text":"the best\ncasino\u001b[31m"}],"more":false}"#,
    r#"{"t":"found","posts":[{"room":"~7","seq":18,"at":1767225600000,"kind":"post","person":2,"author":"bo","device":3,"n":4,"text":"the tomatoes\nare green"}]}"#,
    r#"{"t":"page","room":"garden","entries":[{"seq":3,"at":1767225600000,"kind":"banned","person":1,"author":"ana","whom":2,"name":"bo","until":1767312000000,"reason":"shouting"},{"seq":4,"at":1767225660000,"kind":"unbanned","person":1,"author":"ana","whom":2,"name":"bo"},{"seq":5,"at":1767225660000,"kind":"post","person":2,"author":"bo","device":3,"n":4,"text":""}],"more":false}"#,
    r#"{"t":"done","id":7}"#,
];

#[test]
fn answers_as_rows() {
    let mut text = String::new();
    for line in ANSWERS {
        let update = Update::decode(line.as_bytes()).unwrap();
        for row in rows(&update, |room| format!("vault ({room})")) {
            text.push_str(&format!("{}\n", row.text));
            assert!(row.json.is_object() && row.json.get("id").is_none(), "{}", row.json);
        }
        text.push('\n');
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../../../../snapshots/net");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("answers_as_rows", text));
}
