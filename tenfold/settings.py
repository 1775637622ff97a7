"""All settings: one class, from `TENFOLD_*` variables or a `tenfold.toml`."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from models.job import DetectorKind
from tenfold.errors import SettingsError


class Settings(BaseSettings):
    """What can be set; each field is `TENFOLD_` and its name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix="TENFOLD_", toml_file="tenfold.toml", extra="forbid", frozen=True
    )

    home: Path = Field(default=Path("~/.tenfold"), description="folder of all state of this user")
    profile: Literal["local", "team", "azure"] = Field(
        default="local", description="local: a link with a token signs in; else accounts"
    )
    database_url: str = Field(
        default="", description="SQLAlchemy URL of the label store; empty: SQLite in home"
    )
    blobs: str = Field(
        default="",
        description="a directory, or az://CONTAINER[/PREFIX]; empty: a directory in home",
    )
    blob_connection_string: SecretStr | None = Field(
        default=None, description="connection string of the storage account"
    )
    blob_account_url: str = Field(
        default="",
        description="https://ACCOUNT.blob.core.windows.net, with a SAS or by Azure identity",
    )
    host: str = Field(default="127.0.0.1", description="address that the page listens on")
    port: int = Field(default=8420, ge=0, le=65535, description="port of the page; 0: any free one")
    public_url: str = Field(default="", description="address of the page as people reach it")
    prefect_port: int = Field(
        default=4200, ge=0, le=65535, description="port of the Prefect server that `up` starts"
    )
    device: Literal["auto", "cpu", "cuda"] = Field(default="auto", description="what computes")
    threads: int = Field(default=0, ge=0, description="CPU threads of a job; 0: all cores")
    backbone: str = Field(
        default="efficientnet-lite0", description="network that the features come from"
    )
    views: int = Field(
        default=3,
        ge=1,
        le=6,
        description="views of each image that features may be taken from, where it saves tags",
    )
    patience: float = Field(
        default=10.0,
        ge=0.0,
        description="seconds that further views may take to spare people one",
    )
    fine_tune: bool = Field(
        default=True, description="whether the network's last blocks may be fitted to the tags"
    )
    detector: DetectorKind = Field(
        default=DetectorKind.HEAD,
        description="what finds boxes: head, or faster-rcnn, which learns longer, best on a GPU",
    )
    image_pixels: int = Field(
        default=120_000_000, gt=0, description="images with more pixels are set aside"
    )
    screen_side: int = Field(default=1600, ge=256, description="longer side of screen-sized views")
    thumb_side: int = Field(default=320, ge=64, description="longer side of thumbnails")
    lease_seconds: int = Field(default=300, ge=10, description="how long an image is held")
    upload_threads: int = Field(default=8, ge=1, le=64, description="concurrent uploads")
    restarts: int = Field(default=5, ge=0, description="how often a crashed run is started again")
    fork_runs: bool = Field(
        default=True,
        description="whether flow runs are forked from a process that has loaded what they need",
    )
    refresh_minutes: int = Field(default=15, ge=1, description="interval of refresh_images")
    azure_subscription: str = Field(default="", description="id of the Azure subscription")
    azure_resource_group: str = Field(default="", description="resource group of the workspace")
    azure_workspace: str = Field(default="", description="name of the Azure ML workspace")
    azure_region: str = Field(
        default="", description="region that the cluster is in; empty: the workspace's"
    )
    azure_storage_account: str = Field(
        default="", description="name of the storage account, signed in to by Azure identity"
    )
    azure_container: str = Field(default="tenfold", description="container of all blobs")
    azure_datastore: str = Field(
        default="tenfold", description="datastore of the workspace that is this container"
    )
    azure_cluster: str = Field(default="tenfold-gpu", description="AmlCompute cluster of the jobs")
    azure_nodes: int = Field(default=1, ge=1, description="nodes of the cluster, at most")
    azure_vm_size: str = Field(default="Standard_NC4as_T4_v3", description="VM size of a node")
    azure_low_priority: bool = Field(
        default=False,
        description="whether the nodes are spot VMs: cheaper, and taken away at times",
    )
    azure_environment: str = Field(
        default="", description="NAME:VERSION of an environment of the workspace; empty: tenfold's"
    )
    azure_poll_seconds: float = Field(
        default=10, gt=0, description="interval at which a job on Azure is looked at"
    )

    @property
    def home_dir(self) -> Path:
        """The state folder, absolute."""
        return self.home.expanduser().resolve()

    @property
    def store_url(self) -> str:
        """SQLAlchemy URL of the label store."""
        return self.database_url or f"sqlite:///{self.home_dir / 'labels.db'}"

    @property
    def blobs_url(self) -> str:
        """Where the blob store is: a directory or an az:// URL."""
        if self.profile == "azure":
            return self.blobs or f"az://{self.azure_container}"
        return self.blobs or str(self.home_dir / "blobs")

    @property
    def account_url(self) -> str:
        """Address of the storage account; empty where none is named."""
        if self.blob_account_url or not self.azure_storage_account:
            return self.blob_account_url
        return f"https://{self.azure_storage_account}.blob.core.windows.net"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take arguments first, then variables, then tenfold.toml."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def _explain(error: ValidationError) -> str:
    lines = []
    for problem in error.errors():
        name = str(problem["loc"][0]) if problem["loc"] else "?"
        field = Settings.model_fields.get(name)
        about = f" ({field.description})" if field else " (no such setting)"
        lines.append(f"TENFOLD_{name.upper()}: {problem['msg']}{about}")
    return "; ".join(lines)


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the settings of this process, read once.

    Raises:
        SettingsError: with the name of each wrong variable and what it should be.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(f"Wrong setting: {_explain(error)}.") from None
