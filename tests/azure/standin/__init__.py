"""Azure without Azure: what the Azure ML client, the identity client and ARM are answered.

An https server that keeps what is put and runs command jobs as local processes, with Azurite for
blobs and faults on demand. A process uses it with the variables of `Cloud.variables`.
"""

from tests.azure.standin.cloud import Cloud, running

__all__ = ["Cloud", "running"]
