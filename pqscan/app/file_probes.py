"""The probes of a scan of files. Importable, so that other processes can be sent it."""

from __future__ import annotations

from collections.abc import Sequence

from pqscan_probes.age_key import AgeKeyProbe
from pqscan_probes.binary_file import BinaryFileProbe
from pqscan_probes.certificate_file import CertificateFileProbe
from pqscan_probes.configuration_file import ConfigurationFileProbe
from pqscan_probes.cose_file import CoseFileProbe
from pqscan_probes.identity_metadata import IdentityMetadataProbe
from pqscan_probes.jose_file import JoseFileProbe
from pqscan_probes.keystore_file import KeystoreFileProbe
from pqscan_probes.manifest_file import ManifestFileProbe
from pqscan_probes.nss_database import NssDatabaseProbe
from pqscan_probes.openpgp_file import OpenPgpFileProbe
from pqscan_probes.package_database import PackageDatabaseProbe
from pqscan_probes.parameter_file import ParameterFileProbe
from pqscan_probes.private_key_file import PrivateKeyFileProbe
from pqscan_probes.public_key_file import PublicKeyFileProbe
from pqscan_probes.revocation_file import RevocationFileProbe
from pqscan_probes.signature_file import SignatureFileProbe
from pqscan_probes.source_file import SourceFileProbe
from pqscan_probes.windows_key import WindowsKeyProbe
from pqscan_probes.windows_store import WindowsStoreProbe
from pqscan_probes.xml_key import XmlKeyProbe
from pqscan_probes.zone_file import ZoneFileProbe

from pqscan.probe import FileProbe


def every_file_probe(passwords: tuple[str, ...] = (), roots: tuple[str, ...] = ()) -> Sequence[FileProbe]:
    """One of each. `passwords` are tried on keys and key stores that are locked; `roots` are the paths whose files are read, by
    which code of tests is told from where the tree itself lies."""
    return (
        CertificateFileProbe(),
        PrivateKeyFileProbe(passwords),
        PublicKeyFileProbe(),
        KeystoreFileProbe(passwords),
        IdentityMetadataProbe(),
        SignatureFileProbe(),
        BinaryFileProbe(),
        PackageDatabaseProbe(),
        ConfigurationFileProbe(),
        RevocationFileProbe(),
        ParameterFileProbe(),
        NssDatabaseProbe(),
        WindowsStoreProbe(),
        WindowsKeyProbe(),
        XmlKeyProbe(),
        AgeKeyProbe(),
        OpenPgpFileProbe(),
        JoseFileProbe(),
        CoseFileProbe(),
        ZoneFileProbe(),
        SourceFileProbe(roots),
        ManifestFileProbe(),
    )
