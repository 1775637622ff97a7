"""Run by Label Studio's own Python: make so many people with a token each, and print the tokens."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Print one token a line."""
    import label_studio

    sys.path.insert(0, str(Path(label_studio.__file__).parent))
    os.environ["DJANGO_SETTINGS_MODULE"] = "label_studio.core.settings.label_studio"
    import django

    django.setup()
    from organizations.models import Organization
    from users.models import User

    organization = Organization.objects.first()
    for number in range(int(sys.argv[1])):
        person = User.objects.create_user(email=f"labeler{number}@example.com")
        organization.add_user(person)
        person.active_organization = organization
        person.save(update_fields=["active_organization"])
        print("token", person.auth_token.key)


if __name__ == "__main__":
    main()
