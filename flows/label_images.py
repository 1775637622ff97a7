"""`label-images`: the pipeline, one run a cycle."""

from prefect import flow

from models.cycle import Claim
from tasks.cancel_children import cancel_children
from tasks.claim_cycle import claim_cycle, ends_quietly_when_superseded
from tasks.close_round import close_round
from tasks.complete_project import complete_project
from tasks.embed_dataset import embed_dataset
from tasks.ingest_images import ingest_images
from tasks.open_next_round import open_next_round
from tasks.prelabel_dataset import prelabel_dataset
from tasks.register_dataset import register_dataset
from tasks.train_assist_model import train_assist_model
from tasks.upload_images import upload_images
from tasks.wait_for_people import wait_for_people


@flow(name="label-images", flow_run_name="label {project}", on_cancellation=[cancel_children])
def label_images(project: str) -> None:
    """Take a project from raw images to finished labels, pausing for people.

    Executed from the top whenever people have answered: what is done already returns at once.

    Args:
        project: name of the project.
    """
    with ends_quietly_when_superseded():
        claim = claim_cycle(project)
        ingest_images(claim)
        upload_images(claim)
        register_dataset(claim)
        learn_from_people(claim)
        while (round_id := open_next_round(claim)) is not None:
            wait_for_people(claim, round_id)
            learn_from_people(claim)
        complete_project(claim)


def learn_from_people(claim: Claim) -> None:
    """Certify what an audit allows, train on the tags so far, and propose labels for the rest.

    Where further views of the images are likely to save tags, they are embedded first.
    """
    close_round(claim)
    embed_dataset(claim)
    train_assist_model(claim)
    prelabel_dataset(claim)
