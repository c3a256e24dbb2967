//! Stories of what is said and heard, and of who may say it under which name.

mod common;

use sala_core::client::User;
use sala_sim::client_host::{Person, lobby};
use sala_sim::world::World;
use std::collections::BTreeMap;

#[test]
fn two_people_talk_and_a_third_reads_along() {
    let mut world = World::new(1);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.watcher("carla");
    world.settle();
    world.say(&ana, "hello");
    world.settle();
    world.say(&bob, "hello ana");
    world.settle_and_check();
    snapshot!("two_people_talk", world.transcript());
}

#[test]
fn a_line_whose_ack_was_lost_is_sent_again_and_stored_once() {
    let mut world = World::new(2);
    let ana = world.person("ana");
    world.settle();
    world.partition_one_way(&ana, true);
    world.say(&ana, "did you get this?");
    world.run(1_000);
    let seen = world.screen(&ana);
    let kept = world.transcript();
    assert!(kept.contains("did you get this?"), "the server has it, and ana does not know: {kept}\n{seen}");
    world.heal(&ana);
    world.settle_and_check();
    snapshot!("lost_ack", format!("{seen}\nlater\n{}\n{}", world.screen(&ana), world.transcript()));
}

#[test]
fn two_devices_of_one_person_both_show_everything() {
    let mut world = World::new(3);
    let desk = world.person("ana");
    world.settle();
    let phone = Person::new("ana", "phone", "phone", None, &world.clock, &world.chronicle);
    let phone = world.arrive(vec![phone]).remove(0);
    world.settle();
    world.say(&desk, "from the desk");
    world.say(&phone, "from the phone");
    world.settle_and_check();
    assert_eq!(world.screen(&desk), world.screen(&phone));
    snapshot!("two_devices", world.screen(&phone));
}

#[test]
fn of_two_programs_that_are_one_device_the_newer_takes_over() {
    let mut world = World::new(4);
    let older = world.person("ana");
    world.settle();
    world.say(&older, "I was here first");
    world.settle();
    let newer = Person::new("ana", "desk", "elsewhere", None, &world.clock, &world.chronicle);
    let newer = world.arrive(vec![newer]).remove(0);
    world.run(1_000);
    world.say(&newer, "and I am here now");
    world.forget(&older);
    world.settle_and_check();
    snapshot!("device_taken_over", format!("{}\n{}", world.screen(&older), world.screen(&newer)));
}

#[test]
fn a_name_belongs_to_whoever_took_it_first_and_survives_his_absence() {
    let mut world = World::new(5);
    let ana = world.person("ana");
    world.settle();
    world.vanish(&ana);
    let thief =
        Person::new("Ana", "desk", "thief", None, &world.clock, &world.chronicle).with_token("another-token");
    let thief = world.arrive(vec![thief]).remove(0);
    world.run(2_000);
    world.come_back(&ana);
    world.forget(&thief);
    world.settle_and_check();
    snapshot!("name_fought_over", format!("{}\n{}", world.screen(&thief), world.screen(&ana)));
}

#[test]
fn a_room_is_made_joined_given_a_topic_and_left() {
    let mut world = World::new(6);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    let garden = "garden".parse().unwrap();
    world.settle();
    world.user(&ana, User::Create("garden".parse().unwrap()));
    world.run(200);
    world.user(&bob, User::Join("garden".parse().unwrap()));
    world.run(200);
    world.user(&ana, User::Topic("garden".parse().unwrap(), "roses".to_owned()));
    world.run(200);
    world.user(&bob, User::Leave("garden".parse().unwrap()));
    world.run(200);
    ana.say(&garden, "he is gone");
    world.settle_and_check();
    snapshot!(
        "room_life",
        format!("{}\n{}\n{}", world.transcript_of(&garden), world.screen(&ana), world.screen(&bob))
    );
}

#[test]
fn who_is_here_is_told_when_somebody_comes_and_goes() {
    let mut world = World::new(7);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.settle();
    world.run(1_000);
    let here = |person: &Person| {
        let conversation = person.conversation.borrow();
        conversation.look(|model| {
            let members = &model.rooms[&lobby()].members;
            format!(
                "{:?}",
                members.iter().map(|(name, member)| (name, member.here)).collect::<BTreeMap<_, _>>()
            )
        })
    };
    let both = here(&ana);
    world.vanish(&bob);
    world.run(40_000);
    snapshot!("presence", format!("{both}\n{}", here(&ana)));
}
