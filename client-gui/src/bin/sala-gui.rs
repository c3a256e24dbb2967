//! `sala-gui`: the program of the window.

use anyhow::Context as _;
use clap::Parser;
use eframe::egui::{self, ViewportBuilder};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
#[expect(clippy::disallowed_types, reason = "the program draws its seed here, once")]
use rand::rngs::SysRng;
use sala_gui::{App, Call, Keyring, Link, Parts, Profile, Start, When, Words};
use sala_net::clock::SystemClock;
use sala_net::link::RoomLink;
use sala_net::profile::home;
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};

/// Announcements that are under way at once.
const CALLS_AT_ONCE_MAX: usize = 4;

/// Talk in the rooms of a Sala server.
///
/// With a server and a name it goes straight in, as a guest.
#[derive(Parser)]
#[command(name = "sala-gui", version, max_term_width = 100)]
struct Arguments {
    /// The server's address.
    #[arg(long, env = "SALA_SERVER", value_name = "ADDR")]
    server: Option<String>,
    /// Your nickname.
    #[arg(long, env = "SALA_NAME")]
    name: Option<String>,
    /// Come into a room by a link that somebody gave you; it says as well which server it is.
    #[arg(long, value_name = "LINK")]
    link: Option<RoomLink>,
    /// Where settings and the secrets of your names are kept [default: $SALA_HOME, or your folder for state].
    #[arg(long, value_name = "DIR")]
    profile: Option<PathBuf>,
}

/// The window as the system's event loop drives it.
struct Window(App);

impl eframe::App for Window {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        if ctx.input(|input| input.viewport().minimized == Some(true)) {
            self.0.hear_hidden(ctx);
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.0.ui(ui);
        let size = ui.ctx().input(|input| input.viewport().inner_rect.map(|rect| rect.size()));
        if ui.ctx().input(|input| input.viewport().close_requested()) {
            self.0.keep(size.map(Into::into));
            if !self.0.may_close(&ui.ctx().clone()) {
                ui.ctx().send_viewport_cmd(egui::ViewportCommand::CancelClose);
            }
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_env("SALA_LOG"))
        .with_writer(std::io::stderr)
        .init();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            // Whoever has clicked an icon sees no terminal.
            caller()(&Call { title: "Sala".to_owned(), text: error.to_string() });
            ExitCode::from(1)
        }
    }
}

#[expect(clippy::print_stderr, reason = "this is where the program speaks to a person without a window")]
fn complain(error: &anyhow::Error) {
    eprintln!("sala-gui: {error:#}");
}

/// Announces by the system's own program for it, where there is one; the window asks for attention as well.
fn caller() -> impl FnMut(&Call) {
    let mut running: Vec<Child> = Vec::new();
    move |call| {
        running.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
        if running.len() >= CALLS_AT_ONCE_MAX {
            return;
        }
        // What begins with a hyphen is no option here, whoever wrote it.
        let command = Command::new("notify-send")
            .args(["--app-name=Sala", "--icon=sala", "--"])
            .args([&call.title, &call.text])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match command {
            Ok(child) => running.push(child),
            Err(error) => tracing::debug!(%error, "nothing announces here"),
        }
    }
}

/// What the program is known by where windows are listed: the same as `packaging/sala.svg`, 56 units a side.
fn icon() -> egui::IconData {
    const SIZE: u32 = 64;
    /// Samples of each pixel, across and down.
    const SAMPLES: u32 = 4;
    let distance = |(x, y): (f32, f32), (to_x, to_y): (f32, f32)| (x - to_x).hypot(y - to_y);
    let white = |at| {
        let people = [(28.0, 10.0), (12.4, 37.0), (43.6, 37.0)];
        (distance(at, (28.0, 28.0)) - 9.0).abs() < 1.5 || people.iter().any(|to| distance(at, *to) < 4.5)
    };
    let inside = |at: (f32, f32)| distance(at, (at.0.clamp(16.0, 40.0), at.1.clamp(16.0, 40.0))) < 16.0;
    let mut rgba = Vec::new();
    for pixel in 0..SIZE * SIZE {
        let mut sums = [0_u32; 4];
        for sample in 0..SAMPLES * SAMPLES {
            #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
            let unit = |place: u32, part: u32| {
                ((place * SAMPLES + part) as f32 + 0.5) * 56.0 / (SIZE * SAMPLES) as f32
            };
            let at = (unit(pixel % SIZE, sample % SAMPLES), unit(pixel / SIZE, sample / SAMPLES));
            let color = match (inside(at), white(at)) {
                (false, _) => [0; 4],
                (true, true) => [255; 4],
                (true, false) => [0x0b, 0x73, 0x69, 0xff],
            };
            sums.iter_mut().zip(color).for_each(|(sum, part)| *sum += part);
        }
        // Where an edge runs through a pixel its colour is that of what is inside.
        let seen = (sums[3] / 255).max(1);
        for sum in &sums[..3] {
            rgba.push(u8::try_from(sum / seen).unwrap_or(u8::MAX));
        }
        rgba.push(u8::try_from(sums[3] / (SAMPLES * SAMPLES)).unwrap_or(u8::MAX));
    }
    egui::IconData { rgba, width: SIZE, height: SIZE }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { server, name, link, profile } = arguments;
    let folder = profile.map_or_else(home, Ok)?;
    let profile = Profile::claim(&folder)?.with_keyring(Keyring::open(&folder));
    let clock = SystemClock::new();
    let random = StdRng::try_from_rng(&mut SysRng).context("the system gives no randomness")?;
    let size = profile.settings().window.unwrap_or([1100.0, 720.0]);
    let parts = Parts {
        profile,
        dial: Box::new(move |plan, ears| Link::dial(plan, clock, ears)),
        clock,
        when: When::local(),
        random,
        language: Words::system(),
        call: Box::new(caller()),
    };
    let viewport = ViewportBuilder::default()
        .with_title("Sala")
        .with_app_id("sala")
        .with_icon(icon())
        .with_inner_size(size)
        .with_min_inner_size([560.0, 420.0]);
    let options = eframe::NativeOptions { viewport, renderer: eframe::Renderer::Glow, ..Default::default() };
    let create = move |context: &eframe::CreationContext<'_>| {
        let app = App::new(parts, &Start { server, name, link }, &context.egui_ctx);
        Ok(Box::new(Window(app)) as Box<dyn eframe::App>)
    };
    eframe::run_native("sala", options, Box::new(create))
        .map_err(|error| anyhow::anyhow!("no window can be opened: {error}"))
}
