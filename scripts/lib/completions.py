"""Types lines and TAB in shells under a pseudo-terminal, and looks at what appears.

usage: completions.py SHELL SCRIPT MODEL WORK

SHELL is bash, zsh or fish; SCRIPT the completions for it; MODEL a model with the labels george, lucas and one that is a
command, in a folder that WORK holds; kodama is on the path. scripts/check-completions makes all of this.
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

SETUP = {
    "bash": (
        ["bash", "--norc", "--noprofile", "-i"],
        "PS1='> '; bind 'set bell-style none'; bind 'set show-all-if-ambiguous on'; bind 'set page-completions off'; "
        "bind 'set completion-query-items 0'; bind 'set enable-bracketed-paste off'; "
        "show() { printf '<%s>' \"$@\"; echo E''ND; }; source {script}; echo rea''dy\r",
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        "PS1='> '; bindkey -e; unsetopt beep prompt_sp; LISTMAX=10000; autoload -Uz compinit; "
        "fpath=({folder} $fpath); compinit -u -D; show() { printf '<%s>' \"$@\"; echo E''ND; }; echo rea''dy\r",
    ),
    "fish": (
        ["fish", "--no-config", "-i"],
        "set -g fish_autosuggestion_enabled 0; function fish_prompt; echo -n '> '; end; "
        "function show; printf '<%s>' $argv; echo E''ND; end; source {script}; echo rea''dy\r",
    ),
}

CONTROL = re.compile(
    rb"\x1b\[[0-9;?<>=]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][A-Z0-9]|\x1b[=>78]|\r|\x08"
)


class Shell:
    """An interactive shell on a wide terminal."""

    def __init__(self, name, script):
        command, setup = SETUP[name]
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.environ.update(TERM="xterm", COLUMNS="180", LINES="200", SHELL=command[0])
            os.execvp(command[0], command)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 200, 180, 0, 0))
        self.read(0.5)
        self.type(setup.replace("{script}", script).replace("{folder}", os.path.dirname(script)))
        if "ready" not in self.read(0.3, until="ready"):
            raise SystemExit(f"{name} does not start")

    def type(self, text):
        os.write(self.terminal, text.encode())

    def read(self, quiet, until=None, limit=20):
        """What appears, until the text does, or nothing more for a while."""
        data, end = b"", time.monotonic() + limit
        while time.monotonic() < end:
            text = CONTROL.sub(b"", data).decode(errors="replace")
            wait = quiet if until is None or until in text else end - time.monotonic()
            if not select.select([self.terminal], [], [], max(0, wait))[0]:
                break
            try:
                data += os.read(self.terminal, 65536)
            except OSError:
                break
        return CONTROL.sub(b"", data).decode(errors="replace")

    def close(self):
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.terminal)


class Session:
    """A shell that is asked about one line after another, and started again where an answer is not the expected one."""

    def __init__(self, name, script):
        self.name, self.script, self.shell = name, script, None

    def start(self):
        if self.shell is None:
            self.shell = Shell(self.name, self.script)
        return self.shell

    def restart(self):
        self.shell.close()
        self.shell = None

    def listed(self, line, expected, quiet):
        """What the shell lists after a line and TAB."""
        shell = self.start()
        shell.type(line)
        shell.read(quiet)
        shell.type("\t")
        text = shell.read(quiet, until=expected, limit=10)
        # A second one, where the first completes what all have in common.
        if expected not in text:
            shell.type("\t")
            text += shell.read(quiet, until=expected, limit=5)
        self.restart()
        return text

    def completed(self, line, quiet):
        """The words of a line after TAB, as the shell takes them."""
        shell = self.start()
        shell.type(line + "\t")
        if quiet > 0:
            shell.read(quiet)
        shell.type("\x01show \r")
        text = shell.read(0.05, until="END", limit=10)
        words = re.findall(r"<([^>]*)>", text.split("END")[0].split("\n")[-1])
        # zsh takes a slash away where nothing follows it.
        return [word.rstrip("/") if self.name == "zsh" else word for word in words]


def leftovers(script):
    """What completing leaves behind in bash, which ArgumentParser's script changes while it works."""
    faults = []
    for own in ("", "trap 'echo mine' RETURN; "):
        shell = Shell("bash", script)
        show = own + "set -o | tail -n +3; shopt; trap -p RETURN; echo E''ND\r"
        shell.type(show)
        before = shell.read(0.1, until="END").split("\r")[-1]
        shell.type("kodama train --preset ti\t\x15")
        shell.read(1)
        shell.type(show)
        after = shell.read(0.1, until="END")
        shell.close()
        tables = [re.findall(r"^(\w+\s+(?:on|off)|trap .*)$", text, re.M) for text in (before, after)]
        if tables[0] != tables[1] or len(tables[0]) < 20:
            faults.append(f"bash: completing changed {sorted(set(tables[0]) ^ set(tables[1]))}")
    return faults


def main():
    name, script, model, work = sys.argv[1:]
    os.chdir(work)
    os.environ["HOME"] = work
    home = f"{work}/recordings/"
    lists = [
        ("kodama ", ["generate", "train", "evaluate", "corpus"], []),
        ("kodama corpus ", ["inspect", "make"], ["notes.txt"]),
        ("kodama train ", ["recordings"], []),
        ("kodama generate ", ["models"], []),
        ("kodama inspect models/", ["labels"], []),
        ("kodama inspect ", ["models", "amp.nam"], ["notes.txt"]),
        ("kodama train c --preset ", ["tiny", "small", "vocoder"], ["recordings"]),
        ("kodama evaluate a b --metrics mc", ["mcd-dtw"], ["lsd"]),
        (f"kodama generate {model} --label ", ["speaker="], []),
        (f"kodama generate {model} --label speaker=", ["george", "lucas", "hacked"], []),
        ("kodama train recordings --set ", ["plan.batch_size=", "architecture.residual_channels="], []),
        ("kodama generate m --precision ", ["int8", "bf16"], ["recordings"]),
        ("kodama train recordings --condition ", ["label"], []),
    ]
    lines = [
        ("kodama gener", ["generate"]),
        # A folder of the name of a command is not meant.
        ("kodama featu", ["features"]),
        ("kodama train rec", ["train", "recordings/"]),
        ("kodama train my", ["train", "my songs/"]),
        ("kodama train ~/rec", ["train", home]),
        ("kodama train recordings -o recordi", ["train", "recordings", "-o", "recordings/"]),
        ("kodama train recordings --features me", ["train", "recordings", "--features", "mel"]),
        ("kodama generate models/lab", ["generate", "models/labels/"]),
        ("kodama generate models/labels --prime no", ["generate", "models/labels", "--prime", "notes.txt"]),
        ("kodama generate models/labels --weights=ra", ["generate", "models/labels", "--weights=raw"]),
        (f"kodama generate {model} --label speaker=ge", ["generate", model, "--label", "speaker=george"]),
        (f"kodama generate {model} --label sp", ["generate", model, "--label", "speaker="]),
        (f"kodama generate {model} --label=speaker=ge", ["generate", model, "--label=speaker=george"]),
        (f"kodama generate {model} --label speaker=lucas/ge", ["generate", model, "--label", "speaker=lucas/george"]),
        ("kodama train recordings --set plan.batch_s", ["train", "recordings", "--set", "plan.batch_size="]),
        ("kodama train recordings --set batch_si", ["train", "recordings", "--set", "batch_size="]),
        ("kodama train recordings --set plan.schedule=cos", ["train", "recordings", "--set", "plan.schedule=cosine"]),
        ("kodama evaluate notes", ["evaluate", "notes.txt"]),
        ("kodama evaluate a b --metrics lsd,mcd-d", ["evaluate", "a", "b", "--metrics", "lsd,mcd-dtw"]),
        ("kodama spectrogram notes.txt -o no", ["spectrogram", "notes.txt", "-o", "notes.txt"]),
        ("kodama inspect am", ["inspect", "amp.nam"]),
        ("kodama inspect my", ["inspect", "my songs/"]),
        ("kodama inspect ~/am", ["inspect", f"{work}/amp.nam"]),
        ("kodama inspect models/", ["inspect", "models/labels/"]),
        ("kodama capture dry.wav wet.wav --from=my", ["capture", "dry.wav", "wet.wav", "--from=my songs/"]),
        ("kodama export models/labels --to on", ["export", "models/labels", "--to", "onnx"]),
        ("kodama generate models/labels --strea", ["generate", "models/labels", "--streams"]),
    ]
    faults = []
    session = Session(name, script)
    for line, expected, absent in lists:
        for quiet in (0.15, 1.5):
            text = session.listed(line, expected[-1], quiet)
            wrong = [word for word in expected if word not in text] + [word for word in absent if word in text]
            if not wrong:
                break
        else:
            faults.append(f"{name}: {line!r} and TAB shows {text!r}; wrong about {wrong}")
    for line, expected in lines:
        words = ["kodama"] + [word.rstrip("/") if name == "zsh" else word for word in expected]
        for quiet in (0, 1.5):
            found = session.completed(line, quiet)
            if found == words:
                break
            session.restart()
        else:
            faults.append(f"{name}: {line!r} and TAB becomes {found}, not {words}")
    if name == "bash":
        faults += leftovers(script)
    if os.path.exists("hacked"):
        faults.append(f"{name}: completing a label ran the command in it")
    print("\n".join(faults), end="\n" if faults else "", file=sys.stderr)
    count = len(lists) + len(lines)
    print(f"{name}: {count - len(faults)} of {count} lines complete as they should", file=sys.stderr)
    sys.exit(1 if faults else 0)


main()
