"""Certificates as an operator makes them, by the openssl program. Small keys of one kind: P-256."""

import pathlib
import subprocess


def openssl(*words, given=None):
    done = subprocess.run(["openssl", *map(str, words)], input=given, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"openssl {' '.join(map(str, words))}: {done.stderr}"
    return done.stdout


class Pair:
    """A certificate and its key."""

    def __init__(self, cert, key):
        self.cert, self.key = cert, key

    @property
    def subject(self):
        return openssl("x509", "-in", self.cert, "-noout", "-subject", "-nameopt", "RFC2253").strip().removeprefix("subject=")


class Authority(Pair):
    def __init__(self, folder, name="Test CA"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        super().__init__(self.folder / "ca.pem", self.folder / "ca.key")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.key,
                "-out", self.cert, "-days", "10", "-subj", f"/CN={name}", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                "-addext", "basicConstraints=critical,CA:true")

    def issue(self, name, subject, days=5):
        """Negative days: one that has expired."""
        cert, key, request = (self.folder / f"{name}.{kind}" for kind in ("pem", "key", "csr"))
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", request,
                "-subj", subject)
        openssl("x509", "-req", "-in", request, "-CA", self.cert, "-CAkey", self.key, "-CAcreateserial", "-out", cert,
                "-days", days, "-extfile", self.extensions())
        return Pair(cert, key)

    def extensions(self):
        file = self.folder / "extensions"
        file.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:false\n"
                        "extendedKeyUsage=serverAuth,clientAuth\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
        return file
