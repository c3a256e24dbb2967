"""Ten thousand who mean harm, while a hundred people talk: what these notice of it.

    python3 net/tests/drills/hostile.py --server target/release/sala-server --sala target/release/sala

People talk by TLS for five spells, alone and then beside them. It ends with exit code 1 if the slowest hundredth of what they say takes more
than twice as long to be heard, if anything is lost, or if the server takes more memory than so many strangers may cost. Of the spells, the
middle one counts: on a machine that is not one's own, a disk or a processor may stand still for a tenth of a second now and then.
"""
import argparse, json, os, pathlib, shutil, statistics, subprocess, sys, tempfile, time

# What a stranger may cost: what is read of him at once, the answers that wait for him, and as much again for TLS.
STRANGER_KIB, STRANGERS_MAX = 64, 8_192


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="target/release/sala-server")
    parser.add_argument("--sala", default="target/release/sala")
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--spells", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=10, help="of each spell")
    arguments = parser.parse_args()
    sala, folder = os.path.abspath(arguments.sala), pathlib.Path(tempfile.mkdtemp(prefix="sala-hostile-"))
    (folder / "sala.toml").write_bytes(subprocess.run([sala, "bench", "settings"], capture_output=True, check=True).stdout)
    server = subprocess.Popen(
        [os.path.abspath(arguments.server), "--config=sala.toml", "--data=data", "--tls=self", "--listen=127.0.0.1:0", "--ws=127.0.0.1:0"],
        cwd=folder, stdout=subprocess.PIPE, stderr=open(folder / "log", "wb"), text=True)
    lines = [server.stdout.readline().split()[-1] for _ in range(2)]
    surroundings = {**os.environ, "SALA_HOME": str(folder / "home"), "SALA_SERVER": lines[0]}
    resident = lambda: int(pathlib.Path(f"/proc/{server.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def talk():
        run = f"bench paced --tls --rooms 10 --members 10 --talkers 2 --rate 100 --warm 2 --seconds {arguments.seconds} --json"
        ended = subprocess.run([sala, *run.split()], env=surroundings, capture_output=True, text=True)
        if ended.returncode != 0:
            sys.exit(f"WRONG: people cannot talk: {ended.stderr} {ended.stdout}; see {folder}")
        return json.loads(ended.stdout)

    def spells():
        return [talk() for _ in range(arguments.spells)]

    try:
        alone, before = spells(), resident()
        run = f"bench hostile --tls --together 512 --connections {arguments.connections} --seconds {arguments.spells * (arguments.seconds + 5) + 25} --ws {lines[1]} --pid {server.pid} --json"
        # They would have computers of their own: here they take what all others leave of this one. That it is no less shows what they did.
        hostile = subprocess.Popen([sala, *run.split()], env=surroundings, stdout=subprocess.PIPE, text=True, preexec_fn=lambda: os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0)))
        time.sleep(20)  # All of them are there then.
        beside, meanwhile = spells(), resident()
        harm = json.loads(hostile.communicate()[0])
        alive, log = server.poll() is None, (folder / "log").read_text()
    finally:
        server.terminate()
    for name, found in (("alone", alone), ("beside", beside)):
        for spell in found:
            print(f"{name}: {json.dumps(spell['delay_ms'])} ms, lost {spell['lost']}")
    print(f"RSS {before:.0f} MiB, then {meanwhile:.0f}; harm: {json.dumps(harm)}")
    p99 = [statistics.median(spell["delay_ms"]["p99"] for spell in found) for found in (alone, beside)]
    print(f"p99 {p99[0]} ms, then {p99[1]} ms: {p99[1] / p99[0]:.2f} times as long")
    lost = sum(spell["lost"] + spell["doubled"] for spell in alone + beside)
    bound = before + STRANGERS_MAX * STRANGER_KIB / 1024
    if not alive or "panicked" in log or p99[1] > 2 * p99[0] or lost > 0 or meanwhile > bound:
        sys.exit(f"WRONG: see {folder}")
    shutil.rmtree(folder)


main()
