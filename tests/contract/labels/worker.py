"""A labeler in a process of its own: `worker.py URL PROJECT NAME` answers until nothing is left.

Prints the hash of each image that it was handed, one a line. With NAME `-` it only opens the store.
"""

import sys

from models.annotation import Answer
from models.label import ClassLabel
from models.person import Role
from tenfold.store import open_store


def main() -> None:
    url, project_name, name = sys.argv[1:]
    store = open_store(url, lease_seconds=300)
    if name != "-":
        project = store.projects.get(project_name)
        person = store.people.ensure(name, Role.LABELER)
        while items := store.labeling.lease(project.id, person.id, 3):
            for item in items:
                sys.stdout.write(f"{item.sha256}\n")
                store.labeling.submit(
                    person.id,
                    Answer(
                        key=f"{name}-{item.sha256[:20]}",
                        round_id=item.round_id,
                        sha256=item.sha256,
                        value=ClassLabel(label="cat"),
                    ),
                )
    store.close()


if __name__ == "__main__":
    main()
