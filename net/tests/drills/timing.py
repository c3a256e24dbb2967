"""Does the time of an answer tell whether there is an account? Unknown names, wrong passwords, and names whose tries are used up.

    python3 net/tests/drills/timing.py --server target/release/sala-server

Each try comes from an address of its own, in an order drawn by chance. It prints how long answers take, and how often one kind takes longer
than the other (0.5: as often as not; the standard error of 2,000 tries each is 0.009).
"""
import argparse, bisect, json, os, pathlib, random, shutil, socket, statistics, subprocess, sys, tempfile, time

SETTINGS = "[quota]\nnew_names_per_address = 1000000\n"


class Asker:
    """A connection from an address of its own."""

    def __init__(self, port, source):
        self.socket = socket.create_connection(("127.0.0.1", port), source_address=(source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.lines = self.socket.makefile("rb")
        self.lines.readline()

    def answered(self, **request):
        line = json.dumps(request).encode() + b"\n"
        begun = time.perf_counter()
        self.socket.sendall(line)
        answer = json.loads(self.lines.readline())
        return answer, (time.perf_counter() - begun) * 1000

    def close(self):
        self.lines.close()
        self.socket.close()


def addresses():
    for number in range(2, 2**24):
        yield f"127.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def arrival(name, what):
    return {"name": name, "password": what, "token": "a-token-of-nobody-but-a-stranger-himself", "device": "d"}


def longer(first, second):
    """How often one of the first takes longer than one of the second."""
    ordered = sorted(second)
    return sum(bisect.bisect_left(ordered, one) for one in first) / len(first) / len(second)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="target/release/sala-server")
    parser.add_argument("--tries", type=int, default=2_000)
    parser.add_argument("--locked", action="store_true", help="only names whose tries are used up, which takes seconds")
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sala-timing-"))
    (folder / "sala.toml").write_text(SETTINGS)
    server = subprocess.Popen(
        [os.path.abspath(arguments.server), "--config=sala.toml", "--data=data", "--listen=127.0.0.1:0", "--log=error"],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    port, source = int(server.stdout.readline().rsplit(":", 1)[1]), addresses()
    try:
        for name in ("ana", "locked-one"):
            asker = Asker(port, next(source))
            answer, _ = asker.answered(do="register", **arrival(name, "correct horse battery"))
            assert answer["t"] == "welcome", answer
            asker.close()
        # Both names have no tries left from this address, whether there is such an account or not.
        spent = next(source)
        for name in ("locked-one", "locked-two"):
            for _ in range(100):
                asker = Asker(port, spent)
                answer, _ = asker.answered(do="sign_in", **arrival(name, "not the password"))
                asker.close()
                if answer["code"] == "slow_down":
                    break
            else:
                sys.exit(f"WRONG: {name} has as many tries as one likes")
        kinds = {
            "unknown name": lambda: ("nobody-%d" % random.randrange(10**9), next(source)),
            "wrong password": lambda: ("ana", next(source)),
            "locked name": lambda: ("locked-one", spent),
            "locked unknown name": lambda: ("locked-two", spent),
        }
        if arguments.locked:
            kinds = {kind: kinds[kind] for kind in kinds if kind.startswith("locked")}
        order, times, codes = list(kinds) * arguments.tries, {kind: [] for kind in kinds}, {}
        random.shuffle(order)
        for kind in order:
            name, address = kinds[kind]()
            asker = Asker(port, address)
            answer, took = asker.answered(do="sign_in", **arrival(name, "not the password"))
            asker.close()
            times[kind].append(took)
            codes.setdefault(kind, set()).add(answer["code"])
    finally:
        server.terminate()
    for kind, took in times.items():
        cuts = statistics.quantiles(took, n=100)
        print(f"{kind:20} {','.join(codes[kind]):14} p5 {cuts[4]:7.3f} p50 {cuts[49]:7.3f} p95 {cuts[94]:7.3f} ms")
    for first, second in (("unknown name", "wrong password"), ("locked unknown name", "locked name")):
        if first not in times:
            continue
        print(f"`{first}` takes longer than `{second}` in {longer(times[first], times[second]):.3f} of all pairs")
    shutil.rmtree(folder)


main()
