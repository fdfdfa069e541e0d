"""Files that hold files. Nothing is ever unpacked to a disk: a member is a stream that is read while its container is."""

from pqscan.scan.files.containers.member import BrokenContainer, Member, Opened
from pqscan.scan.files.containers.opening import is_container, members_of

__all__ = ["BrokenContainer", "Member", "Opened", "is_container", "members_of"]
