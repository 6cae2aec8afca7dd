import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from rehearsal.live import hosts_namespace
from rehearsal.live.naming import AddressBook, Namespace, can_listen


def test_a_service_keeps_its_address_and_gathers_names(tmp_path: Path) -> None:
    book = AddressBook(tmp_path / "hosts")
    first = book.address("a", ("a", "a.x"))
    second = book.address("b", ("b.x",))
    assert book.address("a", ("a.x", "other")) == first != second
    assert first.startswith("127.")
    lines = (tmp_path / "hosts").read_text().splitlines()
    assert f"{first} a a.x other" in lines
    assert f"{second} b.x" in lines
    assert "127.0.0.1 localhost" in lines
    assert book.names() == {"a", "a.x", "other", "b.x"}


def test_many_services_have_addresses_of_their_own(tmp_path: Path) -> None:
    book = AddressBook(tmp_path / "hosts")
    addresses = {book.address(f"s{n}", (f"s{n}",)) for n in range(600)}
    assert len(addresses) == 600
    for address in addresses:
        assert all(0 <= int(part) <= 255 for part in address.split("."))


def test_a_port_that_we_listen_on_ourselves_stays_ours(tmp_path: Path) -> None:
    book = AddressBook(tmp_path / "hosts")
    address = book.address("a", ("a",))
    with socket.socket() as taken:
        taken.bind((address, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert book.listening_ports(address, (port,)) == ()
    other = book.address("b", ("b",))
    assert book.listening_ports(other, (port, port)) == (port,)
    with socket.socket() as ours:
        ours.bind((other, port))
        ours.listen()
        assert book.listening_ports(other, (port,)) == (port,)


def test_the_file_keeps_its_identity(tmp_path: Path) -> None:
    """A bind mount follows the file itself, so it must not be replaced."""
    book = AddressBook(tmp_path / "hosts")
    before = (tmp_path / "hosts").stat().st_ino
    book.address("a", ("a",))
    assert (tmp_path / "hosts").stat().st_ino == before


def test_names_resolve_inside_and_not_outside(tmp_path: Path) -> None:
    book = AddressBook(tmp_path / "hosts")
    address = book.address("a", ("shop.rehearsed",))
    namespace = Namespace(book.hosts_file)
    if not namespace.usable:
        pytest.skip("this machine allows no mount namespace")
    look_up = ["getent", "hosts", "shop.rehearsed"]
    inside = subprocess.run(namespace.wrap(look_up), capture_output=True, text=True, check=True)
    assert inside.stdout.split() == [address, "shop.rehearsed"]
    later = book.address("b", ("later.rehearsed",))
    again = subprocess.run(
        namespace.wrap(["getent", "hosts", "later.rehearsed"]), capture_output=True, text=True
    )
    assert again.stdout.split()[0] == later
    outside = subprocess.run(look_up, capture_output=True, check=False)
    assert outside.returncode != 0


def test_the_program_becomes_the_process(tmp_path: Path) -> None:
    """The process that is signalled is the program itself, as its own user, with its exit code."""
    book = AddressBook(tmp_path / "hosts")
    namespace = Namespace(book.hosts_file)
    if not namespace.usable:
        pytest.skip("this machine allows no mount namespace")
    code = "import os, sys; print(os.getpid(), os.getuid()); sys.exit(7)"
    with subprocess.Popen(
        namespace.wrap([sys.executable, "-c", code]), stdout=subprocess.PIPE, text=True
    ) as process:
        said, _ = process.communicate()
    assert process.returncode == 7
    assert said.split() == [str(process.pid), str(os.getuid())]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["absent", "--", "true"], hosts_namespace.REFUSED, "no mount namespace"),
        (["HOSTS", "--", "no-such-program-here"], hosts_namespace.NOT_FOUND, "No such file"),
        (["HOSTS", "--"], hosts_namespace.REFUSED, "usage"),
    ],
)
def test_what_cannot_be_is_said(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost\n")
    if not Namespace(hosts).usable:
        pytest.skip("this machine allows no mount namespace")
    words = [str(hosts) if word == "HOSTS" else word for word in arguments]
    ran = subprocess.run(
        [sys.executable, "-I", "-S", hosts_namespace.__file__, *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == code
    assert said in ran.stderr


def test_where_it_is_not_allowed_programs_run_as_they_are(tmp_path: Path) -> None:
    namespace = Namespace(tmp_path / "absent")
    assert not namespace.usable
    assert namespace.wrap(["a", "b"]) == ["a", "b"]


def test_listening_needs_a_free_port(tmp_path: Path) -> None:
    book = AddressBook(tmp_path / "hosts")
    address = book.address("a", ("a",))
    assert can_listen(address, 0)
    assert not can_listen("192.0.2.1", 8080)
    assert book.listening_ports(address, (8080, 8080, 9090)) == (8080, 9090)
