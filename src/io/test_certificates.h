// TestCertificates: a certificate authority with a server's and a client's certificate, made on the spot in a new
// directory, which is removed at the end. For tests only.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "base/check.h"

namespace koine::io {

class TestCertificates {
 public:
  TestCertificates() {
    std::string pattern = (std::filesystem::temp_directory_path() / "koine-tls-XXXXXX").string();
    CHECK(mkdtemp(pattern.data()) != nullptr);
    directory_ = pattern;
    const Key authority_key = make_key();
    const Certificate authority =
        make("test authority", "CA:TRUE", authority_key.get(), nullptr, authority_key.get());
    write_certificate("ca.pem", authority.get());
    issue("server", authority.get(), authority_key.get());
    issue("client", authority.get(), authority_key.get());
  }
  TestCertificates(const TestCertificates&) = delete;
  TestCertificates& operator=(const TestCertificates&) = delete;
  ~TestCertificates() { std::filesystem::remove_all(directory_); }

  std::string ca() const { return directory_ + "/ca.pem"; }
  // For "localhost" and 127.0.0.1.
  std::string server() const { return directory_ + "/server.pem"; }
  std::string server_key() const { return directory_ + "/server.key"; }
  // Its common name is "client".
  std::string client() const { return directory_ + "/client.pem"; }
  std::string client_key() const { return directory_ + "/client.key"; }

 private:
  using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
  using OpenFile = std::unique_ptr<FILE, int (*)(FILE*)>;

  static Key make_key() { return {EVP_EC_gen("P-256"), EVP_PKEY_free}; }

  static void add_extension(X509* certificate, int kind, const char* value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }

  // Signed by itself if there is no issuer.
  static Certificate make(const std::string& name, const char* constraints, EVP_PKEY* key,
                          X509* issuer, EVP_PKEY* issuer_key) {
    Certificate certificate(X509_new(), X509_free);
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), static_cast<long>(name.size()));
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 24L * 3600);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               // OpenSSL's characters.
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate.get(),
                         issuer != nullptr ? X509_get_subject_name(issuer) : subject);
    add_extension(certificate.get(), NID_basic_constraints, constraints);
    if (issuer != nullptr)
      add_extension(certificate.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    CHECK(X509_sign(certificate.get(), issuer_key, EVP_sha256()) > 0);
    return certificate;
  }

  void issue(const std::string& name, X509* authority, EVP_PKEY* authority_key) const {
    const Key key = make_key();
    const Certificate certificate = make(name, "CA:FALSE", key.get(), authority, authority_key);
    write_certificate(name + ".pem", certificate.get());
    const OpenFile file(std::fopen((directory_ + "/" + name + ".key").c_str(), "w"), std::fclose);
    CHECK(PEM_write_PrivateKey(file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  }

  void write_certificate(const std::string& name, X509* certificate) const {
    const OpenFile file(std::fopen((directory_ + "/" + name).c_str(), "w"), std::fclose);
    CHECK(PEM_write_X509(file.get(), certificate) == 1);
  }

  std::string directory_;
};

}  // namespace koine::io
