"""Times in forms: with an offset, and where every zone and database can hold them."""

from pathlib import Path

import pytest
from marshmallow import Schema, ValidationError

import services
from shared.schemas import Instant


class Form(Schema):
    at = Instant()


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "1899-12-31T23:59:59Z",
        "2201-01-01T00:00:00Z",
    ],
)
def test_a_time_no_zone_can_hold_is_refused(text):
    with pytest.raises(ValidationError) as told:
        Form().load({"at": text})
    assert told.value.messages["at"][0].code == "instant-range"


@pytest.mark.parametrize("text", ["2027-03-14T02:30:00", "yesterday", 5, None])
def test_a_time_without_offset_is_none(text):
    with pytest.raises(ValidationError):
        Form().load({"at": text})


def test_a_time_is_kept_as_it_was_written():
    assert (
        Form().load({"at": "2027-03-14T09:00:00-04:00"})["at"].utcoffset().total_seconds()
        == -4 * 3600
    )


def test_no_form_of_a_service_takes_other_times():
    sources = (
        Path(services.__file__).parent.rglob("schemas*.py"),
        Path(services.__file__).parent.rglob("schemas/*.py"),
    )
    assert not [
        p
        for found in sources
        for p in found
        if "fields.AwareDateTime" in p.read_text() or "fields.DateTime" in p.read_text()
    ]
