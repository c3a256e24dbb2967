//! A story with nothing simulated: the link's own thread, TCP, and a server on another thread in real time.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;

use common::{Folder, server};
use egui::{Event, Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sala_gui::{App, Language, Link, Parts, Profile, Start, When};
use sala_net::clock::SystemClock;
use sala_net::transport::tcp::TcpAcceptor;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// After so long without anything to draw, something is wrong.
const SILENCE: Duration = Duration::from_secs(20);

/// A server on a thread of its own, until it is dropped: then it is gone as if it were killed.
struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start(folder: PathBuf, address: SocketAddr) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let (sender, bound) = sync_channel(1);
        #[expect(
            clippy::disallowed_methods,
            reason = "the server is another program, in a thread's disguise"
        )]
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            tokio::task::LocalSet::new().block_on(&runtime, async {
                let listener = TcpAcceptor::bind(address).unwrap();
                sender.send(listener.address().unwrap()).unwrap();
                tokio::select! { biased;
                    _ = stopped => {}
                    () = server::run(listener, &folder, SystemClock::new()) => {}
                }
            });
        });
        Server { address: bound.recv().unwrap(), stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        self.thread.take().map(JoinHandle::join);
    }
}

/// A window that draws when it is woken, and what wakes it.
struct Window {
    harness: Harness<'static, Option<App>>,
    woken: Receiver<()>,
}

impl Window {
    fn open(folder: &Folder, address: SocketAddr) -> Self {
        let clock = SystemClock::new();
        let parts = Parts {
            profile: Profile::claim(folder.path()).unwrap(),
            dial: Box::new(move |plan, ears| Link::dial(plan, clock, ears)),
            clock,
            when: When::universal(),
            random: StdRng::seed_from_u64(3),
            language: Language::English,
            call: Box::new(|_| {}),
        };
        let (wake, woken) = sync_channel(1);
        let mut parts = Some((
            parts,
            Start { server: Some(address.to_string()), name: Some("ana".to_owned()), link: None },
        ));
        let draw = move |ui: &mut egui::Ui, app: &mut Option<App>| {
            if let Some((parts, start)) = parts.take() {
                let wake = wake.clone();
                ui.ctx().set_request_repaint_callback(move |_| wake.try_send(()).unwrap_or_default());
                *app = Some(App::new(parts, &start, ui.ctx()));
            }
            app.as_mut().unwrap().ui(ui);
        };
        let builder = Harness::builder().with_size(vec2(1000.0, 700.0)).allow_missing_glyphs();
        Window { harness: builder.build_ui_state(draw, None), woken }
    }

    /// Draws whenever there is something new, until something with this label is to be seen, or is not any more.
    #[track_caller]
    fn wait(&mut self, label: &str, there: bool) {
        loop {
            self.harness.step();
            if self.harness.query_all_by_label_contains(label).next().is_some() == there {
                return;
            }
            match self.woken.recv_timeout(SILENCE) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => {
                    panic!("nothing happens, and {label:?} is not right: {there}")
                }
                Err(RecvTimeoutError::Disconnected) => unreachable!("the window holds the other end"),
            }
        }
    }

    fn say(&mut self, text: &str) {
        self.harness.event(Event::Text(text.to_owned()));
        self.harness.step();
        self.harness.key_press_modifiers(Modifiers::NONE, Key::Enter);
        self.harness.step();
    }
}

#[test]
fn a_window_talks_by_tcp_loses_its_server_and_finds_it_again() {
    let (home, data) = (Folder::new(), Folder::new());
    let server = Server::start(data.path().to_owned(), SocketAddr::from(([127, 0, 0, 1], 0)));
    let address = server.address;
    let mut window = Window::open(&home, address);
    window.wait("Message to lobby", true);
    window.say("before");
    window.wait("Message by ana", true);
    drop(server);
    window.wait("Try now", true);
    window.say("meanwhile");
    window.wait("Not sent yet: the server is away", true);
    let _server = Server::start(data.path().to_owned(), address);
    window.wait("Not sent yet: the server is away", false);
    window.wait("Sending…", false);
    assert_eq!(window.harness.query_all_by_label("meanwhile").count(), 1);
    assert_eq!(window.harness.query_all_by_label("before").count(), 1);
}
