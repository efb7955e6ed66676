import pytest

from subnet import Subnet


@pytest.fixture(scope="session")
def subnet(aml_miner, seaweedfs, tmp_path_factory):
    """Three days and then their truth, judged; tiny, to be quick."""
    net = Subnet(aml_miner, tmp_path_factory.mktemp("subnet"), seaweedfs, 0.02)
    try:
        net.run_all()
        yield net
    finally:
        net.stop()
