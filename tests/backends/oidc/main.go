// Command oidc: an OpenID provider that gives JWT access tokens to one client by client credentials, and changes its
// keys when told to. The protocol is zitadel/oidc's.
//
//	oidc ADDRESS CLIENT SECRET AUDIENCE
//
// It prints its issuer once it listens. Beside the provider's own paths:
//
//	POST /test/claims           the body, a JSON object, is what access tokens say from now on
//	POST /test/keys?alg=ES256   signs with a new key of that algorithm; add &drop=1 to withdraw the older ones
package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"sync"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// key is a signing key; published is its public half.
type key struct {
	id     string
	alg    jose.SignatureAlgorithm
	signer crypto.Signer
}

func (k *key) ID() string                                  { return k.id }
func (k *key) SignatureAlgorithm() jose.SignatureAlgorithm { return k.alg }
func (k *key) Key() any                                    { return k.signer }

type published struct{ *key }

func (p published) Algorithm() jose.SignatureAlgorithm { return p.alg }
func (p published) Use() string                        { return "sig" }
func (p published) Key() any                           { return p.signer.Public() }

func newKey(alg jose.SignatureAlgorithm, id string) (*key, error) {
	var signer crypto.Signer
	var err error
	switch alg {
	case jose.RS256:
		signer, err = rsa.GenerateKey(rand.Reader, 2048)
	case jose.ES256:
		signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.EdDSA:
		_, signer, err = ed25519.GenerateKey(rand.Reader)
	default:
		err = errors.New("no such algorithm")
	}
	return &key{id, alg, signer}, err
}

// machine is the one client: zitadel's example client, with JWTs as access tokens.
type machine struct {
	*storage.Client
	id string
}

func (m machine) GetID() string                       { return m.id }
func (m machine) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeJWT }
func (m machine) GrantTypes() []oidc.GrantType {
	return []oidc.GrantType{oidc.GrantTypeClientCredentials}
}

// provider is zitadel's example storage with keys that change and claims that are given.
type provider struct {
	*storage.Storage
	client, secret, audience string

	lock   sync.Mutex
	keys   []*key // the last one signs
	made   int
	claims map[string]any
}

func (p *provider) rotate(alg jose.SignatureAlgorithm, drop bool) error {
	p.lock.Lock()
	defer p.lock.Unlock()
	made, err := newKey(alg, fmt.Sprintf("key-%d", p.made+1))
	if err != nil {
		return err
	}
	if drop {
		p.keys = nil
	}
	p.made++
	p.keys = append(p.keys, made)
	return nil
}

func (p *provider) SigningKey(context.Context) (op.SigningKey, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.keys[len(p.keys)-1], nil
}

func (p *provider) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA}, nil
}

func (p *provider) KeySet(context.Context) ([]op.Key, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	var set []op.Key
	for _, one := range p.keys {
		set = append(set, published{one})
	}
	return set, nil
}

func (p *provider) ClientCredentials(_ context.Context, id, secret string) (op.Client, error) {
	if id != p.client || secret != p.secret {
		return nil, errors.New("no such client, or another secret")
	}
	return machine{storage.WebClient(id, secret), id}, nil
}

func (p *provider) ClientCredentialsTokenRequest(_ context.Context, id string, scopes []string) (op.TokenRequest, error) {
	return &oidc.JWTTokenRequest{Subject: id, Audience: []string{p.audience}, Scopes: scopes}, nil
}

func (p *provider) GetPrivateClaimsFromScopes(context.Context, string, string, []string) (map[string]any, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.claims, nil
}

func (p *provider) setClaims(answer http.ResponseWriter, request *http.Request) {
	var claims map[string]any
	if err := json.NewDecoder(request.Body).Decode(&claims); err != nil {
		http.Error(answer, err.Error(), http.StatusBadRequest)
		return
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	p.claims = claims
}

func (p *provider) setKeys(answer http.ResponseWriter, request *http.Request) {
	query := request.URL.Query()
	if err := p.rotate(jose.SignatureAlgorithm(query.Get("alg")), query.Get("drop") != ""); err != nil {
		http.Error(answer, err.Error(), http.StatusBadRequest)
	}
}

func main() {
	if len(os.Args) != 5 {
		log.Fatal("oidc ADDRESS CLIENT SECRET AUDIENCE")
	}
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	issuer := "http://" + listener.Addr().String()
	p := &provider{Storage: storage.NewStorage(storage.NewUserStore(issuer)), client: os.Args[2], secret: os.Args[3], audience: os.Args[4]}
	if err := p.rotate(jose.RS256, false); err != nil {
		log.Fatal(err)
	}
	var secret [32]byte
	rand.Read(secret[:])
	server, err := op.NewProvider(&op.Config{CryptoKey: secret, CryptoKeyId: "test", AuthMethodPost: true}, p, op.StaticIssuer(issuer), op.WithAllowInsecure())
	if err != nil {
		log.Fatal(err)
	}
	routes := http.NewServeMux()
	routes.HandleFunc("POST /test/claims", p.setClaims)
	routes.HandleFunc("POST /test/keys", p.setKeys)
	routes.Handle("/", server)
	fmt.Println(issuer)
	log.Fatal(http.Serve(listener, routes))
}
