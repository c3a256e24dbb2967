//! A world on one thread, whose time stands still unless it is told to pass: a server, people, and windows.

use super::wires::Net;
use super::{Folder, server};
use egui::{Context, Event, Key, Modifiers, Pos2, Rect, Ui, UiBuilder, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use egui_kittest::{Harness, Node};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sala_core::client::{Client, Config, Credential, Event as Happened, User};
use sala_core::name::{Name, RoomName};
use sala_core::protocol::{Request, Secret};
use sala_core::secret::Password;
use sala_core::time::{Now, Wall};
use sala_gui::{App, Call, Ears, Language, Link, Listener as Ear, Parts, Plan, Profile, Start, When};
use sala_net::clock::{Clock as _, SystemClock};
use sala_net::dial::{Conversation, Word, dial};
use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::DuplexStream;
use tokio::runtime::Runtime;
use tokio::task::{JoinHandle, LocalSet};

/// When the world begins: noon of 25 November 2026, in milliseconds.
const BEGINNING_MS: u64 = 1_795_608_000_000;
/// Pictures and turns of the world in which everything that is under way comes to rest.
const ROUNDS: usize = 8;
const YIELDS: usize = 60;
/// Time that a turn takes: presence is gathered over a quarter of a second.
const TURN: Duration = Duration::from_millis(40);

/// Everybody's password.
pub(crate) const PASSWORD: &str = "a fine password";

/// The world.
pub(crate) struct World {
    runtime: Runtime,
    local: LocalSet,
    clock: SystemClock,
    net: Net,
    folder: Folder,
    server: Option<JoinHandle<()>>,
    people: u64,
    /// What windows have announced.
    pub(crate) calls: Rc<RefCell<Vec<Call>>>,
}

/// Somebody who talks without a window.
pub(crate) struct Person {
    pub(crate) conversation: Conversation<SystemClock>,
    heard: Rc<RefCell<Vec<Happened>>>,
}

/// A window and whoever looks at it.
pub(crate) struct Screen {
    pub(crate) harness: Harness<'static, Slot>,
    dialled: Dialled,
    folder: Folder,
}

/// The program, which is made in its window's first picture.
pub(crate) struct Slot {
    parts: Option<(Parts, Start)>,
    pub(crate) app: Option<App>,
}

/// Links that are still to be dialled.
pub(crate) type Dialled = Rc<RefCell<Vec<(Conversation<SystemClock>, Ear, StdRng)>>>;

impl World {
    /// A world with a server that runs.
    pub(crate) fn new() -> Self {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build().unwrap();
        let clock = {
            let _guard = runtime.enter();
            SystemClock::beginning_at(Wall(BEGINNING_MS))
        };
        let (local, net, folder) = (LocalSet::new(), Net::default(), Folder::new());
        let mut world =
            World { runtime, local, clock, net, folder, server: None, people: 0, calls: Rc::default() };
        world.start();
        world
    }

    /// Starts the server on what it has on disk.
    pub(crate) fn start(&mut self) {
        assert!(self.server.is_none(), "it runs");
        *self.net.0.up.borrow_mut() = true;
        let (net, folder, clock) = (self.net.clone(), self.folder.path().to_owned(), self.clock);
        let run = async move { server::run(net, &folder, clock).await };
        let _guard = self.runtime.enter();
        self.server = Some(self.local.spawn_local(run));
    }

    /// Kills the server: what it has not written is gone, and all its streams break.
    pub(crate) fn kill(&mut self) {
        *self.net.0.up.borrow_mut() = false;
        self.server.take().expect("it runs").abort();
        self.turn();
        self.net.0.waiting.borrow_mut().clear();
    }

    /// Puts nobody in the place of the server: whoever dials comes to whoever takes him in.
    pub(super) fn leave_the_door_open(&mut self) {
        self.kill();
        *self.net.0.up.borrow_mut() = true;
    }

    /// The stream of whoever has dialled and was not taken in.
    pub(super) fn take_in(&self) -> Option<DuplexStream> {
        self.net.0.waiting.borrow_mut().pop_front()
    }

    /// Waits, while everybody does what he can do.
    pub(super) fn wait<T>(&self, until: impl Future<Output = T>) -> T {
        self.local.block_on(&self.runtime, until)
    }

    /// Lets everybody do what he can do now.
    pub(crate) fn turn(&self) {
        self.local.block_on(&self.runtime, async {
            for _ in 0..YIELDS {
                tokio::task::yield_now().await;
            }
        });
    }

    /// Draws a window once, and lets everybody do what he can do then.
    pub(crate) fn step(&self, screen: &mut Screen) {
        screen.frame(self);
        self.turn();
    }

    fn advance(&self, time: Duration) {
        self.local.block_on(&self.runtime, tokio::time::advance(time));
        self.turn();
    }

    /// Lets the world and windows go on until all that is under way has arrived.
    pub(crate) fn settle(&self, screens: &mut [&mut Screen]) {
        for _ in 0..ROUNDS {
            for screen in screens.iter_mut() {
                screen.frame(self);
            }
            self.turn();
            self.advance(TURN);
        }
        for screen in screens.iter_mut() {
            screen.frame(self);
            // Whatever is shown: each thing that one can act on has a name.
            screen.harness.check_accessibility();
        }
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, seconds: u64, screens: &mut [&mut Screen]) {
        for _ in 0..seconds * 4 {
            self.advance(Duration::from_millis(250));
        }
        self.settle(screens);
    }

    /// Lets much time pass at once.
    pub(crate) fn sleep(&self, seconds: u64) {
        self.advance(Duration::from_secs(seconds));
        self.settle(&mut []);
    }

    fn random(&mut self) -> StdRng {
        self.people += 1;
        StdRng::seed_from_u64(self.people)
    }

    /// Somebody comes in as a guest, and into a room.
    pub(crate) fn guest(&mut self, name: &str, room: &str) -> Person {
        let person = self.person(name, Credential::Token);
        person.conversation.user(User::Create(RoomName::parse(room).unwrap()));
        self.settle(&mut []);
        person
    }

    /// A window of somebody who makes an account.
    pub(crate) fn window_of_member(&mut self, name: &str) -> Screen {
        let mut window = self.window();
        window.click("New account", self);
        window.fill("Name", name, self);
        window.fill("Password", PASSWORD, self);
        window.click("Create account", self);
        window
    }

    /// Somebody makes an account.
    pub(crate) fn member(&mut self, name: &str) -> Person {
        let password = Password::chosen(PASSWORD.to_owned()).unwrap();
        self.person(name, Credential::Register { password, invitation: None })
    }

    fn person(&mut self, name: &str, credential: Credential) -> Person {
        let _guard = self.runtime.enter();
        let token = Secret::new(format!("{name:-<40}")).unwrap();
        let name = Name::parse(name).unwrap();
        let config = Config { name, token, credential, device: "other".to_owned(), prefetch: true };
        let conversation = Conversation::new(Client::new(config), self.clock);
        let heard = Rc::new(RefCell::new(Vec::new()));
        let events = Rc::clone(&heard);
        self.people += 1;
        let random = StdRng::seed_from_u64(self.people);
        let listen = move |word| {
            if let Word::Happened(event) = word {
                events.borrow_mut().push(event);
            }
            ControlFlow::<()>::Continue(())
        };
        self.local.spawn_local(dial(self.net.clone(), conversation.clone(), random, listen));
        let person = Person { conversation, heard };
        drop(_guard);
        self.settle(&mut []);
        person
    }

    /// A window that nobody has come in by yet.
    pub(crate) fn window(&mut self) -> Screen {
        self.window_with(Folder::new(), Start::default())
    }

    /// A window in which somebody is already, as a guest.
    pub(crate) fn window_of(&mut self, name: &str) -> Screen {
        let start = Start { server: Some("sala".to_owned()), name: Some(name.to_owned()), link: None };
        let mut screen = self.window_with(Folder::new(), start);
        self.settle(&mut [&mut screen]);
        screen
    }

    /// A window with what an earlier one of this folder has kept.
    pub(crate) fn window_with(&mut self, folder: Folder, start: Start) -> Screen {
        let (parts, dialled) = self.parts(&folder);
        let slot = Slot { parts: Some((parts, start)), app: None };
        let _guard = self.runtime.enter();
        let builder = Harness::builder().with_size(vec2(1100.0, 720.0)).allow_missing_glyphs();
        #[cfg(feature = "pictures")]
        let builder = builder.with_render_cursor(false);
        let harness = builder.build_ui_state(|ui, slot: &mut Slot| slot.draw(ui), slot);
        let mut screen = Screen { harness, dialled, folder };
        drop(_guard);
        screen.frame(self);
        screen
    }

    /// What a window is made of in this world, and where its links turn up.
    pub(crate) fn parts(&mut self, folder: &Folder) -> (Parts, Dialled) {
        let (dialled, calls) = (Dialled::default(), Rc::clone(&self.calls));
        let (made, clock) = (Rc::clone(&dialled), self.clock);
        let make = move |plan: Plan, ears: Ears| {
            let (link, ear) = Link::new(plan.config, plan.next, clock, ears);
            made.borrow_mut().push((link.conversation.clone(), ear, plan.random));
            Ok(link)
        };
        let parts = Parts {
            profile: Profile::claim(folder.path()).unwrap(),
            dial: Box::new(make),
            clock,
            when: When::universal(),
            random: self.random(),
            language: Language::English,
            call: Box::new(move |call| calls.borrow_mut().push(call.clone())),
        };
        (parts, dialled)
    }

    /// Starts the links that a window has made.
    pub(crate) fn connect(&self, dialled: &Dialled) {
        for (conversation, mut ear, random) in dialled.borrow_mut().drain(..) {
            let talk = dial(self.net.clone(), conversation, random, move |word| ear.hear(word));
            self.local.spawn_local(talk);
        }
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Now {
        let _guard = self.runtime.enter();
        self.clock.now()
    }

    /// The world that a window draws in.
    pub(crate) fn enter(&self) -> tokio::runtime::EnterGuard<'_> {
        self.runtime.enter()
    }
}

impl Slot {
    /// Draws in the whole of the window, as the real program does, and not within the margin that tests have.
    fn draw(&mut self, ui: &mut Ui) {
        let window = ui.ctx().content_rect();
        let mut whole = ui.new_child(UiBuilder::new().max_rect(window));
        whole.set_clip_rect(window);
        self.app(ui.ctx()).ui(&mut whole);
    }

    fn app(&mut self, ctx: &Context) -> &mut App {
        if let Some((parts, start)) = self.parts.take() {
            self.app = Some(App::new(parts, &start, ctx));
        }
        self.app.as_mut().unwrap()
    }
}

impl Person {
    /// Says something.
    pub(crate) fn say(&self, room: &str, text: &str) {
        self.conversation.user(User::Say { room: RoomName::parse(room).unwrap(), text: text.to_owned() });
    }

    /// Asks for something.
    pub(crate) fn ask(&self, request: Request) {
        self.conversation.user(User::Ask(request));
    }

    /// What a room says, as this person sees it.
    pub(crate) fn reads(&self, room: &str) -> Vec<String> {
        let room = RoomName::parse(room).unwrap();
        self.conversation.look(|model| {
            let Some(view) = model.rooms.get(&room) else { return Vec::new() };
            let entries = view.timeline.entries();
            entries.filter_map(|(seq, _)| Some(view.timeline.post(seq)?.text.clone())).collect()
        })
    }
}

impl Screen {
    /// Draws the window once, and starts what it has dialled.
    pub(crate) fn frame(&mut self, world: &World) {
        let _guard = world.runtime.enter();
        self.harness.step();
        world.connect(&self.dialled);
    }

    pub(crate) fn app(&self) -> &App {
        self.harness.state().app.as_ref().unwrap()
    }

    /// Closes the window, and gives what it has kept.
    pub(crate) fn close(self) -> Folder {
        drop(self.harness);
        self.folder
    }

    /// Whether something with this label is to be seen.
    pub(crate) fn sees(&self, label: &str) -> bool {
        self.harness.query_all_by_label(label).next().is_some()
    }

    /// How often something with this label is to be seen.
    pub(crate) fn count(&self, label: &str) -> usize {
        self.harness.query_all_by_label(label).count()
    }

    /// Whether something whose label holds this is to be seen.
    pub(crate) fn sees_part(&self, label: &str) -> bool {
        self.harness.query_all_by_label_contains(label).next().is_some()
    }

    #[track_caller]
    pub(crate) fn demand(&self, labels: &[&str]) {
        for label in labels {
            assert!(self.sees_part(label), "nothing says {label:?}; what is there:\n{}", self.text());
        }
    }

    #[track_caller]
    pub(crate) fn refuse(&self, labels: &[&str]) {
        for label in labels {
            assert!(!self.sees_part(label), "something says {label:?}; what is there:\n{}", self.text());
        }
    }

    /// All labels and values, one a line: what a screen reader would read.
    pub(crate) fn text(&self) -> String {
        let mut lines = Vec::new();
        for node in self.harness.root().children_recursive() {
            let node = node.accesskit_node();
            let label = node.label().or(node.value()).unwrap_or_default();
            if !label.is_empty() {
                lines.push(format!("{:?}: {label}", node.role()));
            }
        }
        lines.join("\n")
    }

    /// Clicks what has this label; the last one if there are several.
    #[track_caller]
    pub(crate) fn click(&mut self, label: &str, world: &World) {
        let Some(node) = self.harness.query_all_by_label(label).last() else {
            panic!("nothing is called {label:?}; what is there:\n{}", self.text());
        };
        node.click();
        world.settle(&mut [self]);
    }

    /// Clicks what has this in its label.
    #[track_caller]
    pub(crate) fn click_part(&mut self, label: &str, world: &World) {
        let Some(node) = self.harness.query_all_by_label_contains(label).last() else {
            panic!("nothing holds {label:?}; what is there:\n{}", self.text());
        };
        node.click();
        world.settle(&mut [self]);
    }

    /// Clicks what has this label with the other button.
    #[track_caller]
    pub(crate) fn click_secondary(&mut self, label: &str, world: &World) {
        self.harness.query_all_by_label(label).last().unwrap().click_secondary();
        world.settle(&mut [self]);
    }

    /// Writes into the field with this label, in place of what is there.
    #[track_caller]
    pub(crate) fn fill(&mut self, label: &str, text: &str, world: &World) {
        let field = |node: &Node<'_>| node.accesskit_node().is_text_input();
        let Some(node) = self.harness.query_all_by_label(label).find(field) else {
            panic!("no field is called {label:?}; what is there:\n{}", self.text());
        };
        node.focus();
        self.frame(world);
        self.press(Modifiers::COMMAND, Key::A, world);
        self.press(Modifiers::NONE, Key::Backspace, world);
        self.harness.event(Event::Text(text.to_owned()));
        world.settle(&mut [self]);
    }

    /// Types, wherever the keyboard is.
    pub(crate) fn types(&mut self, text: &str, world: &World) {
        self.harness.event(Event::Text(text.to_owned()));
        self.frame(world);
        self.frame(world);
    }

    /// The window gets or loses the keyboard.
    pub(crate) fn focus(&mut self, on: bool, world: &World) {
        self.harness.input_mut().focused = on;
        self.harness.event(Event::WindowFocused(on));
        world.settle(&mut [self]);
    }

    /// Presses a key.
    pub(crate) fn press(&mut self, modifiers: Modifiers, key: Key, world: &World) {
        self.harness.key_press_modifiers(modifiers, key);
        self.frame(world);
        self.frame(world);
    }

    /// Types a message and sends it.
    pub(crate) fn say(&mut self, text: &str, world: &World) {
        self.types(text, world);
        self.press(Modifiers::NONE, Key::Enter, world);
        world.settle(&mut [self]);
    }

    /// Turns the wheel over the middle of the window, up if positive.
    pub(crate) fn scroll(&mut self, points: f32, world: &World) {
        let middle = Pos2::new(600.0, 350.0);
        self.harness.event(Event::PointerMoved(middle));
        self.harness.event(Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: vec2(0.0, points),
            source: egui::MouseWheelSource::Wheel,
            phase: egui::TouchPhase::Move,
            modifiers: Modifiers::NONE,
        });
        world.settle(&mut [self]);
    }

    /// Where what has this label stands.
    #[track_caller]
    pub(crate) fn place(&self, label: &str) -> Rect {
        self.harness.query_all_by_label(label).last().unwrap().rect()
    }
}
