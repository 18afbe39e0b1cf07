// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// validity is long: a cluster that was left up must not die of its certificates.
const validity = 10 * 365 * 24 * time.Hour

// users are the client certificates: a file's name and the user it stands for.
// All are in system:masters, so their names serve the audit log alone.
func users() map[string]string {
	return map[string]string{
		"admin":                   "localkube-admin",
		"kube-controller-manager": "system:kube-controller-manager",
		"kube-scheduler":          "system:kube-scheduler",
		"kwok":                    "system:kwok",
		"coredns":                 "system:coredns",
	}
}

type authority struct {
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
	pem         []byte
}

// writeCredentials makes a certificate authority and all that it vouches for.
func (d Dir) writeCredentials(ports Ports) error {
	ca, err := newAuthority()
	if err != nil {
		return fmt.Errorf("certificate authority: %w", err)
	}
	if err := os.WriteFile(d.pki("ca.crt"), ca.pem, 0o644); err != nil {
		return fmt.Errorf("certificate authority: %w", err)
	}
	if err := d.writeServing(ca); err != nil {
		return fmt.Errorf("serving certificate: %w", err)
	}
	if err := d.writeServiceAccountKey(); err != nil {
		return fmt.Errorf("service account key: %w", err)
	}
	for fileName, userName := range users() {
		if err := d.writeKubeconfig(ca, ports, fileName, userName); err != nil {
			return fmt.Errorf("kubeconfig of %s: %w", fileName, err)
		}
	}
	return nil
}

func newAuthority() (authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return authority{}, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "localkube"},
		NotBefore:             time.Now().Add(-time.Minute),
		NotAfter:              time.Now().Add(validity),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return authority{}, err
	}
	certificate, err := x509.ParseCertificate(der)
	return authority{key: key, certificate: certificate, pem: encode("CERTIFICATE", der)}, err
}

// issue returns a certificate and its key.
func (a authority) issue(subject pkix.Name, usage x509.ExtKeyUsage) (certificate, privateKey []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      subject,
		NotBefore:    time.Now().Add(-time.Minute),
		NotAfter:     time.Now().Add(validity),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{usage},
	}
	if usage == x509.ExtKeyUsageServerAuth {
		template.DNSNames = []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"}
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(10, 96, 0, 1)}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return nil, nil, err
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	return encode("CERTIFICATE", der), encode("EC PRIVATE KEY", keyDER), err
}

func (d Dir) writeServing(ca authority) error {
	certificate, key, err := ca.issue(pkix.Name{CommonName: "localkube-server"}, x509.ExtKeyUsageServerAuth)
	if err != nil {
		return err
	}
	if err := os.WriteFile(d.pki("server.crt"), certificate, 0o644); err != nil {
		return err
	}
	return os.WriteFile(d.pki("server.key"), key, 0o600)
}

func (d Dir) writeServiceAccountKey() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return os.WriteFile(d.pki("service-account.key"), encode("EC PRIVATE KEY", der), 0o600)
}

func (d Dir) writeKubeconfig(ca authority, ports Ports, fileName, userName string) error {
	certificate, key, err := ca.issue(pkix.Name{CommonName: userName, Organization: []string{"system:masters"}}, x509.ExtKeyUsageClientAuth)
	if err != nil {
		return err
	}
	const name = "localkube"
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{Server: httpsURL(ports.APIServer, ""), CertificateAuthorityData: ca.pem}
	config.AuthInfos[name] = &clientcmdapi.AuthInfo{ClientCertificateData: certificate, ClientKeyData: key}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name, Namespace: "default"}
	config.CurrentContext = name
	return clientcmd.WriteToFile(*config, d.kubeconfigOf(fileName))
}

// kubeconfigOf is the file of one of the users.
func (d Dir) kubeconfigOf(fileName string) string {
	if fileName == "admin" {
		return d.Kubeconfig()
	}
	return d.config(fileName + ".kubeconfig")
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
