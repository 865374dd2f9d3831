module sluice/test/cosign

go 1.26.0

require (
	github.com/secure-systems-lab/go-securesystemslib v0.11.0
	golang.org/x/crypto v0.53.0
)

require golang.org/x/sys v0.46.0 // indirect
