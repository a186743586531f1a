import pytest

from keras_ceb._src.robustness.certify.arguments import check_certificates
from keras_ceb.robustness.certify import EncodingCertificate
from keras_ceb.robustness.certify import RandomizedSmoothing


def test_one_or_several():
    one, two = EncodingCertificate(), RandomizedSmoothing(0.5)
    assert check_certificates(None) == []
    assert check_certificates(one) == [one]
    assert check_certificates(iter([one, two])) == [one, two]


@pytest.mark.parametrize(
    ("certificates", "error", "match"),
    [
        ("smoothing", TypeError, "`certificates` must be a certificate"),
        ({"a": EncodingCertificate()}, TypeError, "`certificates` must be"),
        (3, TypeError, "`certificates` must be a certificate"),
        (EncodingCertificate, TypeError, r"`EncodingCertificate\(\.\.\.\)`"),
        ([EncodingCertificate(), 3], TypeError, "Received: 3 of type int"),
        ([RandomizedSmoothing(1)] * 2, ValueError, "must differ.*sigma=1.0"),
    ],
)
def test_what_is_no_certificate(certificates, error, match):
    with pytest.raises(error, match=match) as raised:
        check_certificates(certificates)
    assert "Received: " in str(raised.value)
