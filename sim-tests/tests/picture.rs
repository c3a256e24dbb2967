//! The picture of a run, also of one that fails.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use sala_sim::draw::{Wanted, draw_with};
use sala_sim::picture::picture;
use sala_sim::run::run_before;
use sala_sim::world::World;
use std::cell::RefCell;
use std::rc::Rc;

/// What stands in the page as the day.
fn day(page: &str) -> serde_json::Value {
    let (_, day) = page.split_once(r#"<script id="day" type="application/json">"#).unwrap();
    serde_json::from_str(day.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn a_page_has_a_lane_for_every_client_and_the_way_of_every_entry_and_needs_nothing_else() {
    let plan = draw_with(5, Wanted { clients: Some(3), ..Wanted::default() });
    let page = Rc::new(RefCell::new(String::new()));
    let drawn = Rc::clone(&page);
    let onlooker = move |world: &World, complaint: Option<&str>| {
        *drawn.borrow_mut() = picture(world, "a day", complaint);
    };
    let report = run_before(&plan, "a day", Some(Rc::new(onlooker)));
    let page = page.borrow();
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("src="));
    let day = day(&page);
    let lanes = day["lanes"].as_array().unwrap();
    for seat in &plan.cast {
        let name = format!("{} {} ({})", seat.name, seat.device, seat.host);
        assert!(lanes.iter().any(|lane| lane == &name), "{name} has no lane");
    }
    let entries = day["entries"].as_array().unwrap();
    let whole = entries
        .iter()
        .filter(|entry| entry["asked"].is_array() && !entry["heard"].as_array().unwrap().is_empty());
    assert!(whole.count() > 10, "{} entries, of {}", entries.len(), report.entries);
    assert!(!day["faults"].as_array().unwrap().is_empty() && !day["pins"].as_array().unwrap().is_empty());
}

#[test]
fn a_world_that_fails_is_drawn_with_the_complaint() {
    let mut world = World::new(3);
    let ana = world.person("ana");
    world.say(&ana, "</script> is only what she says");
    world.settle();
    let page = picture(&world, "a story", Some("[once] something is there twice"));
    let day = day(&page);
    assert_eq!(day["complaint"], "[once] something is there twice");
    assert!(day["entries"].to_string().contains("</script> is only what she says"));
}
