"""A throw-away certificate authority and a server certificate for 127.0.0.1 and localhost."""

import pathlib
import subprocess


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Certificate:
    """Files in `home`: authority (PEM, what clients trust), certificate and key (PEM, PKCS 8)."""

    def __init__(self, home, name="localhost"):
        home = pathlib.Path(home)
        self.authority = home / "authority.pem"
        self.certificate = home / "certificate.pem"
        self.key = home / "key.pem"
        self.key_and_certificate = home / "key_and_certificate.pem"
        request, authority_key, extensions = home / "request.pem", home / "authority_key.pem", home / "extensions"
        extensions.write_text(f"subjectAltName=IP:127.0.0.1,DNS:{name}\n")
        new_key = ["-newkey", "rsa:2048", "-nodes"]
        openssl("req", "-x509", *new_key, "-keyout", authority_key, "-out", self.authority,
                "-days", 2, "-subj", "/CN=Koine test authority")
        openssl("req", *new_key, "-keyout", self.key, "-out", request, "-subj", f"/CN={name}")
        openssl("x509", "-req", "-in", request, "-CA", self.authority, "-CAkey", authority_key,
                "-CAcreateserial", "-days", 2, "-extfile", extensions, "-out", self.certificate)
        self.key_and_certificate.write_text(self.key.read_text() + self.certificate.read_text())
