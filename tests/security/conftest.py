"""What these tests share with those of faults: a data set of 24 titles whose models are fitted."""

from tests.faults.conftest import small as small
