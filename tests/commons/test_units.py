from commons import units


def test_factors_agree_with_one_another() -> None:
    assert units.NS_PER_S == units.NS_PER_MS * units.MS_PER_S == units.NS_PER_US * units.US_PER_S
    assert units.US_PER_S == units.US_PER_MS * units.MS_PER_S
    assert units.S_PER_DAY == 24 * units.S_PER_HOUR == 24 * 60 * units.S_PER_MINUTE
    assert units.GIB == 1024 * units.MIB == 1024 * 1024 * units.KIB
