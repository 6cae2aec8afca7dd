"""Hashes: the vectors of Flagger's documentation and source."""

import hashlib
import re
from collections.abc import Mapping

import pytest

from rehearsal.flagger.controller.hashing import checksum, config_checksum, fnv1a_32, template_hash


@pytest.mark.parametrize(
    ("configs", "expected"),
    [
        ({"test-config-map": "484637c76acaa7c6"}, "85d557f47b"),
        (None, "5c4d6696cf"),
        ({}, "557d867f8b"),
    ],
)
def test_checksum(configs: Mapping[str, str] | None, expected: str) -> None:
    assert checksum(configs, "5f56684589") == expected


def test_checksum_does_not_depend_on_the_order_of_configs() -> None:
    one, other = {"a": "1", "b": "2"}, {"b": "2", "a": "1"}
    assert checksum(one, "x") == checksum(other, "x") != checksum({"a": "1"}, "x")


def test_fnv_is_the_published_one() -> None:
    assert (fnv1a_32(b""), fnv1a_32(b"a"), fnv1a_32(b"foobar")) == (
        0x811C9DC5,
        0xE40C292C,
        0xBF9CF968,
    )


def test_template_hash_is_stable_and_of_flaggers_form() -> None:
    template = {"spec": {"containers": [{"image": "v1"}]}, "metadata": {"labels": {"app": "d"}}}
    reordered = {"metadata": {"labels": {"app": "d"}}, "spec": {"containers": [{"image": "v1"}]}}
    assert template_hash(template) == template_hash(reordered)
    assert re.fullmatch(r"[456789bcdf]{8,10}", template_hash(template))
    assert template_hash(template) != template_hash({**template, "metadata": {}})


def test_config_checksum_is_half_a_sha256_of_gos_json() -> None:
    expected = hashlib.sha256(b'{"a":"x \\u0026 y","b":"2"}').hexdigest()[:16]
    assert config_checksum({"b": "2", "a": "x & y"}) == expected
    assert config_checksum({}) == hashlib.sha256(b"null").hexdigest()[:16]
