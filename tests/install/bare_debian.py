"""A folder with a Debian that has next to nothing: dpkg's Essential packages and those named, and what they depend on.

Its files are those of this machine's own packages, so nothing is fetched; what maintainer scripts would have made (users, the
cache of libraries) is made here. There is no systemd in it. $AML_BARE_DEBIAN names a folder made by debootstrap instead, which
is copied; then the packages named must be in it.
"""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
LEFT_OUT = ("/usr/share/doc/", "/usr/share/man/", "/usr/share/locale/", "/usr/share/info/", "/usr/include/", "/usr/share/lintian/")


def what_is_missing():
    """Why none can be made here, or None: who is not root cannot enter a folder, what is no Debian has no packages."""
    if os.getuid() != 0:
        return "only root can enter one"
    if shutil.which("dpkg-query") is None:
        return "this is no Debian: there is no dpkg-query"
    with tempfile.TemporaryDirectory() as folder:  # containers may have name spaces, and refuse what is to be mounted there
        script = 'set -e; mkdir "$0/proc" "$0/dev"; mount --bind "$0" "$0"; mount -t tmpfs none "$0/dev"; mount -t proc proc "$0/proc"; chroot / true'
        tried = subprocess.run(["unshare", "--mount", "--pid", "--fork", "sh", "-c", script, folder], capture_output=True, text=True)
    return None if tried.returncode == 0 else f"this machine refuses what it needs: {tried.stderr.strip()}"


def installed_packages():
    """Of this machine: name → (name as dpkg wants it, groups of alternatives that it depends on, whether it is essential)."""
    form = "${binary:Package}\t${db:Status-Status}\t${Essential}\t${Provides}\t${Pre-Depends}, ${Depends}\n"
    packages, providers = {}, {}
    for line in subprocess.run(["dpkg-query", "-W", "-f", form], capture_output=True, text=True, check=True).stdout.splitlines():
        name, status, essential, provides, depends = line.split("\t")
        if status != "installed":
            continue
        plain = name.split(":")[0]
        packages[plain] = (name, groups_of(depends), essential == "yes")
        for group in groups_of(provides):
            providers.setdefault(group[0], plain)
    return packages, providers


def groups_of(relation):
    """libc6 (>= 2.36), a | b → [["libc6"], ["a", "b"]]"""
    return [[re.sub(r"[\s(:].*", "", name.strip()) for name in group.split("|")] for group in relation.split(",") if group.strip()]


def closure(groups):
    packages, providers = installed_packages()
    wanted, groups = set(), groups + [[name] for name, (_, _, essential) in packages.items() if essential]
    while groups:
        group = groups.pop()
        found = next((name for name in [*group, *(providers.get(name) for name in group)] if name in packages), None)
        assert found, f"none of {group} is installed here, so none can be copied"
        if found not in wanted:
            wanted.add(found)
            groups += packages[found][1]
    return [packages[name][0] for name in sorted(wanted)]


class BareDebian:
    def __init__(self, folder, depends):
        self.root = pathlib.Path(folder)
        if "AML_BARE_DEBIAN" in os.environ:
            subprocess.run(["cp", "-a", "--reflink=auto", os.environ["AML_BARE_DEBIAN"], self.root], check=True)
        else:
            self.make(closure(groups_of(depends)))

    def make(self, packages):
        for name in ("usr/bin", "usr/sbin", "usr/lib", "usr/lib64", "etc", "proc", "dev", "tmp", "run", "var/tmp", "var/lib/dpkg/info",
                     "var/lib/dpkg/updates", "var/lib/dpkg/triggers"):
            (self.root / name).mkdir(parents=True)
        for name in ("bin", "sbin", "lib", "lib64"):
            (self.root / name).symlink_to(f"usr/{name}")
        listed = subprocess.run(["dpkg-query", "-L", *packages], capture_output=True, text=True, check=True).stdout.splitlines()
        paths = {path for path in listed if path.startswith("/") and path not in ("/.", "/bin", "/sbin", "/lib", "/lib64")
                 and not path.startswith(LEFT_OUT) and os.path.lexists(path)}
        archive = subprocess.Popen(["tar", "-C", "/", "--no-recursion", "--null", "-T", "-", "-cf", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        unpack = subprocess.Popen(["tar", "-C", self.root, "--keep-directory-symlink", "-xpf", "-"], stdin=archive.stdout)
        archive.stdin.write(b"\0".join(path[1:].encode() for path in sorted(paths)))
        archive.stdin.close()
        assert unpack.wait() == 0 and archive.wait() == 0
        if not os.path.lexists(self.root / "usr/bin/sh"):
            (self.root / "usr/bin/sh").symlink_to("dash")
        for name in ("passwd", "group"):
            shutil.copy(f"/usr/share/base-passwd/{name}.master", self.root / "etc" / name)
        said = subprocess.run(["dpkg-query", "-s", *packages], capture_output=True, text=True, check=True).stdout
        (self.root / "var/lib/dpkg/status").write_text(said)
        (self.root / "var/lib/dpkg/info/format").write_text("1\n")
        for name in packages:
            shutil.copy(next(path for path in (f"/var/lib/dpkg/info/{name}.list", f"/var/lib/dpkg/info/{name.split(':')[0]}.list")
                             if os.path.exists(path)), self.root / "var/lib/dpkg/info")
        self.run("ldconfig", check=True)

    def command(self, *words, writable=None, mounted=None, environment=None):
        """What enters the folder, with a /proc and a /dev that go with it; with `writable` nothing but that and /tmp can be written.
        `mounted` is a folder that is a disk of its own."""
        inside = [f"{name}={value}" for name, value in {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8", **(environment or {})}.items()]
        script = "set -e; "
        if writable:
            script += f'mount --bind "$0" "$0"; mount --bind "$0{writable}" "$0{writable}"; mount -o remount,bind,ro "$0"; mount -t tmpfs none "$0/tmp"; '
        if mounted:
            script += f'mount --bind "$0{mounted}" "$0{mounted}"; '
        script += 'mount -t proc proc "$0/proc"; mount --rbind /dev "$0/dev"; exec chroot "$0" env -i "$@"'
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script, str(self.root), *inside, *map(str, words)]

    def run(self, *words, check=False, mounted=None, **options):
        done = subprocess.run(self.command(*words, mounted=mounted), capture_output=True, text=True, **options)
        assert not check or done.returncode == 0, (words, done.stdout, done.stderr)
        return done

    def has(self, path):
        return os.path.lexists(self.root / path.lstrip("/"))
