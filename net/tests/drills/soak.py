"""An hour of everything at once against the real server, which is killed every five minutes: nothing lost, nothing doubled.

    python3 net/tests/drills/soak.py --server target/release/sala-server --sala target/release/sala

Three programs say numbered lines, two read all of them from the first on, forty bots do whatever comes to their minds by TLS and
WebSocket, and thirty strangers mean harm. The settings are read again every minute, and a copy is made and checked every five. At the
end it prints what the server took, life by life, and ends with exit code 1 if anything was not as it should be.

What a server keeps in memory of its files grows with them up to a bound. To see whether anything else grows, begin with files that are
larger than that, as the example `crowd` makes them: `--data DIR` begins with a copy of a folder.
"""
import argparse, asyncio, base64, json, logging, os, pathlib, random, shutil, signal, socket, ssl, statistics, sys, tempfile, time

SETTINGS = '''log = "warn"
[people]
greeting = "a soak"
[quota]
new_names_per_address = 100000
'''
WRITERS, READERS, BOTS, STRANGERS = 3, 2, 40, 30
PAUSE_S = 0.05  # Between two lines of a writer.
SAMPLE_S = 5
END_S = 120  # For all that was said to be heard.
LAST = "that was all"
WORDS = "tomatoes are green and red in the garden that somebody waters before noon".split()


UNIT = pathlib.Path(__file__).parents[2] / "packaging" / "sala-server.service"


def surroundings():
    """Those that systemd gives the server."""
    said = (line.removeprefix("Environment=") for line in UNIT.read_text().splitlines() if line.startswith("Environment="))
    return {**os.environ, **dict(one.split("=", 1) for one in said)}


class Wrong(Exception):
    """Something was not as it should be."""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    """The program, through all of its lives, and what each of them took."""

    def __init__(self, arguments, folder):
        self.program, self.folder, self.data = arguments.server, folder, folder / "data"
        self.port, self.ws, self.operations = free_port(), free_port(), free_port()
        self.lives, self.process, self.log = [], None, open(folder / "server.log", "ab")
        (folder / "sala.toml").write_text(SETTINGS)
        if arguments.data:
            shutil.copytree(arguments.data, self.data)
            self.data.chmod(0o700)

    async def start(self):
        listen = [f"--listen=127.0.0.1:{self.port}", f"--ws=127.0.0.1:{self.ws}", f"--operations=127.0.0.1:{self.operations}"]
        begun = time.monotonic()
        self.process = await asyncio.create_subprocess_exec(
            self.program, f"--data={self.data}", f"--config={self.folder / 'sala.toml'}", "--tls=self", *listen,
            stdout=asyncio.subprocess.PIPE, stderr=self.log, env=surroundings())
        line = await asyncio.wait_for(self.process.stdout.readline(), 60)
        if not line.startswith(b"listening on"):
            raise Wrong(f"the server does not start: {line!r}")
        self.lives.append({"start_s": time.monotonic() - begun, "samples": []})

    def sample(self):
        proc = pathlib.Path(f"/proc/{self.process.pid}")
        resident = int(proc.joinpath("statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
        self.lives[-1]["samples"].append((time.monotonic(), resident, len(os.listdir(proc / "fd"))))

    async def kill(self):
        self.process.kill()
        await self.process.wait()

    async def runs(self, *words):
        other = await asyncio.create_subprocess_exec(
            self.program, *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
        out, _ = await other.communicate()
        return other.returncode, out.decode()


class Writer:
    """`sala post`, which says line after line, and is told the place of each."""

    def __init__(self, number):
        self.name, self.places, self.said = f"writer{number}", [], 0

    async def live(self, sala, over):
        program = await sala("post", "--tls", "--name", self.name)

        async def places():
            while line := await program.stdout.readline():
                self.places.append(int(line))

        told = asyncio.create_task(places())
        while not over.is_set():
            program.stdin.write(f"line {self.said} by {self.name}\n".encode())
            self.said += 1
            # What is not told for long waits here, too: it is the client that keeps it.
            await program.stdin.drain()
            await asyncio.sleep(PAUSE_S)
        program.stdin.close()
        code = await asyncio.wait_for(program.wait(), END_S)
        await told
        if code != 0 or len(self.places) != self.said:
            raise Wrong(f"{self.name} ended with {code}: {self.said} said, {len(self.places)} told")


async def read(sala, number, entries):
    """`sala tail` from the first entry to the last line."""
    program = await sala("tail", "--tls", "--name", f"reader{number}", "--from", "1", "--json")
    while line := await program.stdout.readline():
        entry = json.loads(line)
        seq, text = entry["seq"], entry.get("text")
        if seq != len(entries) + 1:
            raise Wrong(f"reader{number} hears {seq} after {len(entries)}")
        entries.append((entry.get("author"), text) if entry["kind"] == "post" else None)
        if text == LAST:
            program.kill()
            await program.wait()
            return
    raise Wrong(f"reader{number} ended with {await program.wait()}")


class Link:
    """A connection by TLS or WebSocket: JSON objects either way."""

    @classmethod
    async def open(cls, server, by_ws):
        link = cls()
        link.ws = by_ws
        if not by_ws:
            trust = ssl.create_default_context()
            trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
            link.reader, link.writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=trust, limit=2**18)
            return link
        link.reader, link.writer = await asyncio.open_connection("127.0.0.1", server.ws, limit=2**18)
        key = base64.b64encode(random.randbytes(16)).decode()
        link.writer.write((f"GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        head = await link.reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(head.decode())
        return link

    def say(self, do, **fields):
        text = json.dumps({"do": do, **fields}).encode()
        if not self.ws:
            self.writer.write(text + b"\n")
            return
        mask, size = random.randbytes(4), len(text)
        head = bytes([0x81, 0x80 | size]) if size < 126 else bytes([0x81, 0xFE]) + size.to_bytes(2, "big")
        self.writer.write(head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(text)))

    async def hear(self):
        if not self.ws:
            line = await self.reader.readline()
            if not line.endswith(b"\n"):
                raise ConnectionError("it is over")
            return json.loads(line)
        while True:
            first, size = await self.reader.readexactly(2)
            if size >= 126:
                size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8), "big")
            body = await self.reader.readexactly(size)
            if first & 0x0F == 1:
                return json.loads(body)
            if first & 0x0F == 8:
                raise ConnectionError("it is over")


class Bot:
    """Comes, does things, and goes, politely or not; checks that no room that it hears has a hole."""

    def __init__(self, number):
        self.name, self.n, self.have, self.own, self.done = f"bot{number}", 0, {}, {}, 0

    async def live(self, server, over):
        while not over.is_set():
            try:
                link = await asyncio.wait_for(Link.open(server, random.random() < 0.4), 10)
                try:
                    await asyncio.wait_for(self.talk(link, over), random.expovariate(1 / 20) + 1)
                finally:
                    link.writer.transport.abort() if random.random() < 0.5 else link.writer.close()
            except (OSError, EOFError, asyncio.TimeoutError):
                await asyncio.sleep(random.random())

    async def talk(self, link, over):
        # Some hear a room from where they stood, others begin anew.
        have = {room: seq for room, seq in self.have.items() if random.random() < 0.8}
        link.say("enter", name=self.name, token=f"{self.name}-{self.name}-{self.name}-0123456789abcdef", device="soak", have=have)
        acting = None
        try:
            while not over.is_set():
                update = await link.hear()
                kind = update["t"]
                if kind == "welcome":
                    self.n = max(self.n, update["n"])
                    link.say("join", id=1, room="lobby")
                    acting = asyncio.create_task(self.act(link))
                elif kind == "ping":
                    link.say("pong")
                elif kind == "room" and "from" in update:
                    self.have[update["room"]] = update["from"] - 1
                elif kind == "damaged":
                    raise Wrong(f"{self.name} is told of damage: {update}")
                elif kind == "entry":
                    room, seq = update["room"], update["seq"]
                    if seq != self.have[room] + 1:
                        raise Wrong(f"{self.name} hears {seq} of {room} after {self.have[room]}")
                    self.have[room] = seq
                    if update["kind"] == "post" and update["author"] == self.name:
                        self.own.setdefault(room, []).append(seq)
                        del self.own[room][:-20]
                elif kind == "goodbye":
                    return
        finally:
            if acting:
                acting.cancel()

    async def act(self, link):
        while True:
            await asyncio.sleep(random.expovariate(1 / 1.5))
            other, room = f"bot{random.randrange(BOTS)}", random.choice(list(self.have) or ["lobby"])
            own = random.choice(self.own.get(room) or [1])
            self.done += 1
            self.n += (what := random.randrange(20)) < 6
            words = " ".join(random.choices(WORDS, k=random.randrange(1, 40)))
            match what:
                case 0 | 1 | 2 | 3 | 4 | 5: link.say("post", room=room, n=self.n, text=words)
                case 6: link.say("edit", id=2, room=room, seq=own, text=words)
                case 7: link.say("delete", id=3, room=room, seq=own)
                case 8: link.say("react", id=4, room=room, seq=own, emoji="👍", on=random.random() < 0.7)
                case 9: link.say("page", id=5, room=room, limit=200)
                case 10: link.say("page", id=6, room=room, after=random.randrange(1000), limit=50)
                case 11: link.say("search", id=7, words=" ".join(random.choices(WORDS, k=2)))
                case 12: link.say("rooms", id=8)
                case 13: link.say("who", id=9, room=room)
                case 14: link.say("create", id=10, room=f"room-{random.randrange(30)}")
                case 15: link.say("join", id=11, room=f"room-{random.randrange(30)}")
                case 16: link.say("leave", id=12, room=room) if room != "lobby" else link.say("typing", room=room)
                case 17: link.say("direct", id=13, name=other)
                case 18: link.say("befriend", id=14, name=other)
                case _: link.say("presence", id=15, mode=random.choice(["online", "away", "busy"]), status="at it")


async def harm(server, over):
    """One stranger: noise, half a line, silence, or questions whose answers are never read."""
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    while not over.is_set():
        try:
            port, way = random.choice([(server.port, None), (server.port, trust), (server.ws, None)])
            reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port, ssl=way), 10)
            writer.write(random.choice([b"", random.randbytes(3000), b'{"do":"enter","name":', b"what?\n" * 3000, b"GET /ws HTTP/1.1\r\nHost"]))
            for _ in range(random.randrange(15)):
                await asyncio.sleep(1)
                if writer.is_closing():
                    break
                writer.write(b"x")
            writer.transport.abort()
        except (OSError, asyncio.TimeoutError):
            await asyncio.sleep(random.random())


async def care(server, over, notes):
    """What an operator does: settings are read again every minute, a copy is made and checked every five."""
    minute = 0
    while not over.is_set():
        await asyncio.sleep(60)
        minute += 1
        server.process.send_signal(signal.SIGHUP)
        code, out = await server.runs("admin", f"--data={server.data}", "stats")
        notes["orders"] += code == 0
        if minute % 5 == 3:
            copy = server.folder / "copy"
            shutil.rmtree(copy, ignore_errors=True)
            for words in (["backup", str(copy), f"--data={server.data}"], ["verify", f"--data={copy}"]):
                code, out = await server.runs(*words)
                if code != 0:
                    raise Wrong(f"{words[0]} ends with {code}: {out}")
            notes["copies"] += 1


async def watch(server, arguments, over, log):
    """Samples what the server takes, and kills it every so often."""
    end, life = time.monotonic() + arguments.minutes * 60, time.monotonic() + arguments.kill_every
    while time.monotonic() < end:
        await asyncio.sleep(SAMPLE_S)
        if server.process.returncode is not None:
            raise Wrong(f"the server ended by itself with {server.process.returncode}")
        server.sample()
        if time.monotonic() > life and end - time.monotonic() > arguments.kill_every / 2:
            await server.kill()
            log(server)
            await server.start()
            life = time.monotonic() + arguments.kill_every
    over.set()


def tell(server):
    life, (samples, number) = server.lives[-1], (server.lives[-1]["samples"], len(server.lives))
    late = samples[len(samples) // 2:]
    life["rss"], life["fds"] = statistics.median(one[1] for one in late), statistics.median(one[2] for one in late)
    peak = max(one[1] for one in samples)
    data = sum(file.stat().st_size for file in server.data.iterdir() if file.is_file()) / 2**20
    print(f"life {number:2}: start {life['start_s'] * 1000:5.0f} ms, RSS {life['rss']:6.1f} MiB (peak {peak:6.1f}), "
          f"descriptors {life['fds']:4.0f}, data {data:6.1f} MiB", flush=True)


async def run(arguments, folder):
    server, over, notes = Server(arguments, folder), asyncio.Event(), {"orders": 0, "copies": 0}
    await server.start()
    errors = open(folder / "clients.log", "ab")

    async def sala(*words):
        surroundings = {**os.environ, "SALA_HOME": str(folder / "home"), "SALA_SERVER": f"127.0.0.1:{server.port}"}
        return await asyncio.create_subprocess_exec(
            arguments.sala, *words, env=surroundings, limit=2**18,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=errors)

    writers, bots, heard = [Writer(one) for one in range(WRITERS)], [Bot(one) for one in range(BOTS)], [[] for _ in range(READERS)]
    # The first of them meets the server, so that they do not all write down whom they met.
    await (await sala("post", "--tls", "--name", "first", "here we are")).wait()
    talking = [writer.live(sala, over) for writer in writers]
    reading = [asyncio.create_task(read(sala, number, entries)) for number, entries in enumerate(heard)]
    others = [bot.live(server, over) for bot in bots] + [harm(server, over) for _ in range(STRANGERS)]
    others = [asyncio.create_task(one) for one in [*others, care(server, over, notes)]]
    all_of_it = asyncio.gather(watch(server, arguments, over, tell), *talking)
    # Whoever finds something wrong ends it at once.
    await all_of(all_of_it, reading, others)
    tell(server)
    await (await sala("post", "--tls", "--name", "first", LAST)).wait()
    await asyncio.wait_for(asyncio.gather(*reading), END_S)
    judge(writers, heard)
    server.process.terminate()
    if (code := await asyncio.wait_for(server.process.wait(), 60)) != 0:
        raise Wrong(f"the server ended with {code}")
    code, out = await server.runs("verify", f"--data={server.data}")
    print(f"verify: {out.strip()}")
    if code != 0 or b"panicked" in (folder / "server.log").read_bytes():
        raise Wrong(f"verify ends with {code}; the log is {folder / 'server.log'}")
    rss, fds = [life["rss"] for life in server.lives], [life["fds"] for life in server.lives]
    print(f"{len(server.lives) - 1} kills; {sum(writer.said for writer in writers)} numbered lines, each told its place, once and in order; "
          f"{len(heard[0])} entries of the lobby, heard alike by {READERS}; bots did {sum(bot.done for bot in bots)} things; "
          f"{notes['copies']} copies made and checked, {notes['orders']} orders answered")
    late = rss[-5:]
    print(f"RSS, medians of the second half of each life: {', '.join(f'{one:.1f}' for one in rss)} MiB; "
          f"the last {len(late)} differ by {max(late) / min(late) - 1:.1%}; descriptors: {min(fds):.0f} to {max(fds):.0f}")


async def all_of(main, reading, others):
    """Until the main part is done; what goes wrong anywhere goes on from here."""
    main = asyncio.ensure_future(main)
    watched = {main, *reading, *others}
    while not main.done():
        ended, watched = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
        for one in ended:
            one.result()


def judge(writers, heard):
    if any(entries != heard[0] for entries in heard):
        raise Wrong("two readers have heard different things")
    said = {}
    for seq, entry in enumerate(heard[0], 1):
        if entry:
            said.setdefault(entry[0], []).append((entry[1], seq))
    for writer in writers:
        expected = [(f"line {line} by {writer.name}", place) for line, place in enumerate(writer.places)]
        if said[writer.name] != expected:
            raise Wrong(f"what {writer.name} said is not what is there")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="target/release/sala-server")
    parser.add_argument("--sala", default="target/release/sala")
    parser.add_argument("--data", type=pathlib.Path, help="a data folder to begin with")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--kill-every", type=float, default=300, help="seconds")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    arguments = parser.parse_args()
    arguments.server, arguments.sala = os.path.abspath(arguments.server), os.path.abspath(arguments.sala)
    random.seed(arguments.seed)
    # That a server is gone which was killed is no news.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sala-soak-"))
    print(f"seed {arguments.seed}, {arguments.minutes} minutes, a kill every {arguments.kill_every} seconds, in {folder}", flush=True)
    try:
        asyncio.run(run(arguments, folder))
    except Wrong as wrong:
        sys.exit(f"WRONG: {wrong}; all of it is in {folder}")
    shutil.rmtree(folder)


main()
