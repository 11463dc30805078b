"""Files from a web server, however it behaves."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest

from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.ports.fetch.problems import FetchFailed
from genode_tool.ports.fetch.progress import ActivityProgress
from genode_tool.ports.fetch.source import Digest, PortSource, SourceKind
from tests.shared.certificates import make_certificate
from tests.unit.fetch.fetching import DATA, Place, sha256, source
from tests.unit.fetch.webserver import (
    Answer,
    Handler,
    Web,
    content,
    cut,
    redirect,
    sized,
    stall,
    start,
    status,
)

ETAG = '"one"'
NAME = f"{sha256(DATA)}_it.tar"


def failure(place: Place, what: PortSource, **policy: object) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        place.fetcher(**policy).fetch_file(what)  # type: ignore[arg-type]
    return caught.value


def test_a_file_arrives_in_the_cache_and_is_not_asked_for_again(place: Place, web: Web) -> None:
    web.routes["/it.tar"] = [content(DATA)]
    first = place.fetcher().fetch_file(source(web.url("/it.tar")))
    assert (first.path.read_bytes(), first.sha256) == (DATA, sha256(DATA))
    assert (first.size, first.origin) == (len(DATA), web.url("/it.tar"))
    assert place.files == [NAME]
    again = place.fetcher(offline=True).fetch_file(source(web.url("/it.tar")))
    assert (again.path, again.origin) == (first.path, "cache")
    assert web.asked("/it.tar") == 1
    last = [event for event in place.events if isinstance(event, ActivityProgress)][-1]
    assert last.done == last.total == len(DATA)


def test_sha1_of_older_trees(place: Place, web: Web) -> None:
    import hashlib

    web.routes["/it.tar"] = [content(DATA)]
    old = source(web.url("/it.tar"), digest=hashlib.sha1(DATA).hexdigest())
    fetched = place.fetcher().fetch_file(old)
    assert fetched.sha256 == sha256(DATA)
    assert place.files == [f"{hashlib.sha1(DATA).hexdigest()}_it.tar"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (404, "it does not exist there (HTTP 404 Not Found)"),
        (403, "the server refuses access (HTTP 403 Forbidden)"),
        (401, "the server requires a login (HTTP 401 Unauthorized)"),
        (410, "it was removed for good (HTTP 410 Gone)"),
        (418, "unexpected answer (HTTP 418"),
    ],
)
def test_refusals_are_final_and_in_words(place: Place, web: Web, code: int, words: str) -> None:
    web.routes["/it.tar"] = [status(code)]
    error = failure(place, source(web.url("/it.tar")))
    assert f"it.file cannot be fetched: {web.url('/it.tar')}: {words}" in str(error)
    assert error.exit_code == 1
    assert web.asked("/it.tar") == 1
    assert place.files == []


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_asked_again(place: Place, web: Web, code: int) -> None:
    web.routes["/it.tar"] = [status(code), content(DATA)]
    place.fetcher().fetch_file(source(web.url("/it.tar")))
    assert f"(HTTP {code}" in place.warnings
    assert place.files == [NAME]


def test_attempts_are_limited(place: Place, web: Web) -> None:
    web.routes["/it.tar"] = [status(500)]
    error = failure(place, source(web.url("/it.tar")))
    assert "the server failed (HTTP 500 Internal Server Error); gave up after 3 attempts" in str(
        error
    )
    assert web.asked("/it.tar") == 3


def test_retry_after_is_honoured(place: Place, web: Web) -> None:
    web.routes["/it.tar"] = [status(429, Retry_After="1"), content(DATA)]
    began = time.monotonic()
    place.fetcher().fetch_file(source(web.url("/it.tar")))
    assert time.monotonic() - began >= 1
    assert "too many requests to the server" in place.warnings
    assert "next attempt in 1 s" in place.warnings


def test_a_pause_longer_than_the_deadline_is_not_begun(place: Place, web: Web) -> None:
    web.routes["/it.tar"] = [status(503, Retry_After="3600")]
    with pytest.raises(FetchFailed, match="no time left for another attempt"):
        place.fetcher(longest_pause=7200).fetch_file(source(web.url("/it.tar")), Deadline.after(5))


@pytest.mark.parametrize(
    ("asked", "words"),
    [("86400", "24 hours"), ("604800", "7 days"), ("9" * 400, "inf days"), ("300", "5 minutes")],
)
def test_a_pause_that_is_not_granted_is_told_at_once(
    place: Place, web: Web, asked: str, words: str
) -> None:
    web.routes["/it.tar"] = [status(429, Retry_After=asked)]
    error = failure(place, source(web.url("/it.tar")))
    assert f"Too Many Requests); asked for a pause of {words}" in str(error)
    assert web.asked("/it.tar") == 1
    web.routes["/b"] = [content(DATA)]
    place.fetcher().fetch_file(source(web.url("/it.tar"), web.url("/b")))


def test_a_cut_download_goes_on_where_it_ended(place: Place, web: Web) -> None:
    web.routes["/it.tar"] = [cut(DATA, 300_000, ETag=ETAG), content(DATA, ETag=ETAG)]
    fetched = place.fetcher().fetch_file(source(web.url("/it.tar")))
    assert fetched.path.read_bytes() == DATA
    assert f"the connection ended after 300000 of {len(DATA)} bytes" in place.warnings
    second = web.requests[1].headers
    assert (second["Range"], second["If-Range"]) == ("bytes=300000-", ETAG)
    assert place.files == [NAME]


def test_a_later_call_goes_on_where_the_last_ended(place: Place, web: Web) -> None:
    modified = "Wed, 21 Oct 2015 07:28:00 GMT"
    web.routes["/it.tar"] = [cut(DATA, 300_000, Last_Modified=modified)]
    error = failure(place, source(web.url("/it.tar")), retries=0)
    assert f"the connection ended after 300000 of {len(DATA)} bytes" in str(error)
    assert place.files == [f"{NAME}.part", f"{NAME}.part.from"]
    web.routes["/it.tar"] = [content(DATA, Last_Modified=modified)]
    place.fetcher().fetch_file(source(web.url("/it.tar")))
    assert web.requests[-1].headers["Range"] == "bytes=300000-"
    assert place.files == [NAME]


def test_a_server_without_ranges_sends_the_whole_again(place: Place, web: Web) -> None:
    web.routes["/it.tar"] = [cut(DATA, 300_000), content(DATA, resumable=False)]
    fetched = place.fetcher().fetch_file(source(web.url("/it.tar")))
    assert fetched.path.read_bytes() == DATA


def test_a_file_that_changed_meanwhile_is_fetched_as_a_whole(place: Place, web: Web) -> None:
    old = b"x" * len(DATA)
    web.routes["/it.tar"] = [cut(old, 300_000, ETag='"old"'), content(DATA, ETag=ETAG)]
    fetched = place.fetcher().fetch_file(source(web.url("/it.tar")))
    assert fetched.path.read_bytes() == DATA
    assert web.asked("/it.tar") == 2


def test_halves_of_different_files_are_noticed_by_the_hash(place: Place, web: Web) -> None:
    old = b"x" * len(DATA)
    web.routes["/it.tar"] = [cut(old, 300_000), content(DATA)]  # nothing to compare by
    fetched = place.fetcher().fetch_file(source(web.url("/it.tar")))
    assert fetched.path.read_bytes() == DATA
    assert "fetching it as a whole" in place.warnings
    assert web.asked("/it.tar") == 3


def test_a_longer_part_than_the_file_is_dropped(place: Place, web: Web) -> None:
    web.routes["/it.tar"] = [cut(DATA + DATA, len(DATA) + 5), content(DATA)]
    fetched = place.fetcher().fetch_file(source(web.url("/it.tar")))
    assert fetched.path.read_bytes() == DATA


def test_silence_is_noticed(place: Place, web: Web) -> None:
    web.routes["/it.tar"] = [stall(DATA, 1000, 5.0), content(DATA)]
    place.fetcher(stall_timeout=0.5, retries=20).fetch_file(source(web.url("/it.tar")))
    assert "no data received for 0.5 s" in place.warnings


def test_silence_before_the_answer(place: Place, web: Web) -> None:
    def silent(handler: Handler) -> None:
        time.sleep(2)
        handler.hang_up()

    web.routes["/it.tar"] = [silent]
    error = failure(place, source(web.url("/it.tar")), stall_timeout=0.3, retries=0)
    assert "the server accepted the request but did not answer" in str(error)


def _drip(text: bytes) -> Answer:
    """Send `text` again and again, a byte at a time, as long as somebody reads."""

    def answer(handler: Handler) -> None:
        with contextlib.suppress(OSError):
            while True:
                for byte in text:
                    handler.wfile.write(bytes((byte,)))
                    time.sleep(0.02)

    return answer


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\n"])
def test_headers_that_trickle_in_are_not_waited_for_without_end(
    place: Place, web: Web, head: bytes
) -> None:
    def dripped(handler: Handler) -> None:
        handler.wfile.write(head)
        _drip(b"X-Long: yes")(handler)

    web.routes["/it.tar"] = [dripped]
    error = failure(place, source(web.url("/it.tar")), stall_timeout=0.5, retries=1)
    assert "the server sent no complete answer within 2 s; gave up after 2 attempts" in str(error)


def test_frames_of_a_body_that_trickle_in_are_not_waited_for_without_end(
    place: Place, web: Web
) -> None:
    def dripped(handler: Handler) -> None:
        handler.start(200, None, Transfer_Encoding="chunked")
        handler.wfile.write(b"3e8\r\n" + DATA[:1000] + b"\r\n5")
        _drip(b";extension=1")(handler)

    web.routes["/it.tar"] = [dripped, content(DATA)]
    place.fetcher(stall_timeout=0.5, retries=1).fetch_file(source(web.url("/it.tar")))
    assert "the server sent no complete answer within 2 s" in place.warnings


def test_a_body_that_comes_slowly_is_waited_for(place: Place, web: Web) -> None:
    def slow(handler: Handler) -> None:
        handler.start(200, len(DATA))
        for at in range(0, len(DATA), len(DATA) // 20):
            handler.wfile.write(DATA[at : at + len(DATA) // 20])
            handler.wfile.flush()
            time.sleep(0.1)

    web.routes["/it.tar"] = [slow]
    place.fetcher(stall_timeout=1, retries=0).fetch_file(source(web.url("/it.tar")))


def test_a_cut_answer_without_length(place: Place, web: Web) -> None:
    def chunked(handler: Handler) -> None:
        handler.start(200, None, Transfer_Encoding="chunked")
        handler.wfile.write(b"3e8\r\n" + DATA[:1000] + b"\r\n")
        handler.hang_up()

    def closed(handler: Handler) -> None:
        handler.start(200, None, Connection="close")
        handler.wfile.write(DATA[:1000])
        handler.hang_up()

    web.routes["/it.tar"] = [chunked, content(DATA)]
    place.fetcher().fetch_file(source(web.url("/it.tar")))
    assert "the connection ended after 1000 bytes" in place.warnings
    web.routes["/other"] = [closed, content(DATA + b"x")]
    other = place.fetcher().fetch_file(source(web.url("/other"), data=DATA + b"x"))
    assert other.size == len(DATA) + 1
    assert "(1.0 kB), expected" in place.warnings


def test_another_content_is_told_with_both_hashes(place: Place, web: Web) -> None:
    web.routes["/it.tar"] = [content(b"other")]
    error = failure(place, source(web.url("/it.tar")))
    assert f"hashes to sha256 {sha256(b'other')} (5 bytes), expected {sha256(DATA)}" in str(error)
    assert place.files == []


def test_a_web_page_in_place_of_the_file_is_recognized(place: Place, web: Web) -> None:
    web.routes["/it.tar"] = [content(b"\n<!DOCTYPE html><title>log in</title>")]
    assert "it is a web page, not the file" in str(failure(place, source(web.url("/it.tar"))))


def test_too_long_a_length_is_a_cut_download(place: Place, web: Web) -> None:
    web.routes["/it.tar"] = [sized(DATA, len(DATA) + 10)]
    error = failure(place, source(web.url("/it.tar")), retries=0)
    assert f"ended after {len(DATA)} of {len(DATA) + 10} bytes" in str(error)


def test_too_short_a_length_gives_another_hash(place: Place, web: Web) -> None:
    web.routes["/it.tar"] = [sized(DATA, 100)]
    error = failure(place, source(web.url("/it.tar")))
    assert f"hashes to sha256 {sha256(DATA[:100])} (100 bytes)" in str(error)


def test_more_than_the_bound_is_refused(place: Place, web: Web) -> None:
    web.routes["/it.tar"] = [content(DATA)]
    error = failure(place, source(web.url("/it.tar")), most_bytes=1000)
    assert "received more than 1.0 kB" in str(error)
    assert place.files == []


def test_redirects_are_followed(place: Place, web: Web) -> None:
    web.routes["/it.tar"] = [redirect("/b", 301)]
    web.routes["/b"] = [redirect(web.url("/c?x=1"), 307)]
    web.routes["/c"] = [content(DATA)]
    assert place.fetcher().fetch_file(source(web.url("/it.tar"))).path.read_bytes() == DATA
    assert place.files == [NAME]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("/it.tar", "redirect to itself"),
        ("/b", "more than 10 redirects"),
        ("file:///etc/passwd", "`file:///etc/passwd`, which is not an HTTP URL"),
        ("/gone", "it does not exist there (HTTP 404 Not Found), redirected to"),
    ],
)
def test_bad_redirects(place: Place, web: Web, target: str, words: str) -> None:
    web.routes["/it.tar"] = [redirect(target)]
    web.routes["/b"] = [redirect("/c")]
    web.routes["/c"] = [redirect("/b")]
    assert words in str(failure(place, source(web.url("/it.tar"))))


def test_a_wrong_certificate_is_refused(place: Place, tls: Web) -> None:
    tls.routes["/it.tar"] = [content(DATA)]
    error = failure(place, source(tls.url("/it.tar")))
    assert "TLS with 127.0.0.1 failed: self" in str(error)
    assert "the system's; SSL_CERT_FILE=FILE names others; --insecure HOST" in error.hint
    assert tls.requests == []


@pytest.mark.parametrize(
    ("given", "decides"),
    [
        (["SSL_CERT_FILE"], "SSL_CERT_FILE"),
        (["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"], "REQUESTS_CA_BUNDLE"),
        (["CURL_CA_BUNDLE", "SSL_CERT_FILE"], "CURL_CA_BUNDLE"),
    ],
)
def test_an_unknown_authority_names_the_variable_that_decided(
    place: Place,
    tls: Web,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    given: list[str],
    decides: str,
) -> None:
    for name in given:
        other = make_certificate(tmp_path / name, "DNS:elsewhere")
        monkeypatch.setenv(name, str(other))
    error = failure(place, source(tls.url("/it.tar")))
    assert f"those in {tmp_path / decides / 'both'}, as {decides} has it" in error.hint
    assert not [name for name in given if name != decides and name in error.hint]


@pytest.mark.parametrize(
    ("wrong", "words", "hint"),
    [
        ({"ends": "20210101000000Z"}, "has expired", "has to renew it, unless the clock"),
        ({"begins": "20980101000000Z"}, "not yet valid", "has to renew it, unless the clock"),
        ({"names": "DNS:elsewhere"}, "not valid for '127.0.0.1'", "that of another server"),
    ],
)
def test_a_certificate_that_is_wrong_in_itself_blames_no_variable(
    place: Place,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wrong: dict[str, str],
    words: str,
    hint: str,
) -> None:
    bad = make_certificate(tmp_path / "bad", **wrong)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bad))
    server = start(bad)
    error = failure(place, source(server.url("/it.tar")))
    server.server.shutdown()
    assert words in str(error) and hint in error.hint and "--insecure HOST" in error.hint
    assert "REQUESTS" not in error.hint and "SSL_CERT" not in error.hint
    assert server.requests == []


def test_a_server_without_tls(place: Place, web: Web) -> None:
    error = failure(place, source(web.url("/it.tar").replace("http:", "https:")))
    assert "TLS with 127.0.0.1 failed" in str(error) and "may not speak TLS" in error.hint


def test_insecure_is_explicit_and_loud(place: Place, tls: Web) -> None:
    tls.routes["/it.tar"] = [content(DATA)]
    hosts = frozenset({"127.0.0.1"})
    place.fetcher(insecure_hosts=hosts).fetch_file(source(tls.url("/it.tar")))
    assert "the certificate of 127.0.0.1 is NOT checked" in place.warnings
    bad = source(tls.url("/it.tar"), data=b"other")
    assert "expected" in str(failure(place, bad, insecure_hosts=hosts))


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_authorities_come_from_the_environment(
    place: Place, tls: Web, certificate: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, str(certificate))
    tls.routes["/it.tar"] = [content(DATA)]
    place.fetcher().fetch_file(source(tls.url("/it.tar")))
    assert place.warnings == ""


def test_no_way_from_https_to_http(
    place: Place, tls: Web, web: Web, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    tls.routes["/it.tar"] = [redirect(web.url("/it.tar"))]
    web.routes["/it.tar"] = [content(DATA)]
    error = failure(place, source(tls.url("/it.tar")))
    assert f"redirect from https to http ({web.url('/it.tar')}) refused" in str(error)
    assert web.requests == []


def test_a_proxy_is_asked_where_the_environment_names_one(
    place: Place, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", web.url("/"))
    web.routes["http://nowhere.invalid/it.tar"] = [content(DATA)]
    place.fetcher().fetch_file(source("http://nowhere.invalid/it.tar"))
    assert place.files == [NAME]


def test_no_server_and_no_host(place: Place) -> None:
    error = failure(place, source("http://127.0.0.1:1/it.tar"), retries=1)
    assert "no connection: connection refused; gave up after 2 attempts" in str(error)


def test_a_password_is_sent_but_not_shown(place: Place, web: Web) -> None:
    web.routes["/it.tar"] = [cut(DATA, 1000)]
    url = web.url("/it.tar").replace("//", "//me:secret@")
    error = failure(place, source(url), retries=0)
    assert web.requests[0].headers["Authorization"].startswith("Basic ")
    assert "secret" not in f"{error}{error.trail}{place.events}"
    assert b"secret" not in (place.cache / f"{NAME}.part.from").read_bytes()


def test_passwords_of_netrc_stay_with_their_host(
    place: Place, web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    elsewhere = web.url("/it.tar").replace("127.0.0.1", "localhost")
    web.routes["/first"] = [redirect(elsewhere)]
    web.routes["/it.tar"] = [content(DATA)]
    place.fetcher().fetch_file(source(web.url("/first")))
    first, second = (request.headers for request in web.requests)
    assert first["Authorization"] == "Basic bWU6c2VjcmV0"
    assert "Authorization" not in second
    (tmp_path / "netrc").write_text("machine\n")
    with pytest.raises(EnvironmentProblem, match=r"cannot use .*netrc"):
        place.fetcher().fetch_file(source(web.url("/first"), data=b"other"))


def test_no_hash_no_file(place: Place, web: Web) -> None:
    bare = PortSource(SourceKind.FILE, "it", (web.url("/it.tar"),))
    with pytest.raises(UserError, match=r"it.file has no hash: SHA\(it\) is not defined"):
        place.fetcher().fetch_file(bare)
    assert web.requests == []
    web.routes["/it.tar"] = [content(DATA)]
    assert place.fetcher(allow_unverified=True).fetch_file(bare).sha256 == sha256(DATA)


@pytest.mark.parametrize("text", ["", "abc", "x" * 64, "a" * 63])
def test_what_is_no_hash(text: str) -> None:
    with pytest.raises(UserError, match="is not a hash"):
        Digest.parse(text)


def test_unknown_kinds_of_url(place: Place) -> None:
    assert "`gopher:` is not a supported kind" in str(failure(place, source("gopher://x/y")))


def test_a_second_url_helps(place: Place, web: Web) -> None:
    web.routes["/it.tar"] = [status(404)]
    web.routes["/b"] = [content(DATA)]
    fetched = place.fetcher().fetch_file(source(web.url("/it.tar"), web.url("/b")))
    assert fetched.origin == web.url("/b")
