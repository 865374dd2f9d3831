package main

import (
	"encoding/json"
	"log"
	"os"
	"os/exec"
)

// Module is a Go module at a version.
type Module struct{ Path, Version string }

// download returns the folder of the module in the module cache. The go
// command checks what it brings against the checksum database. None of the
// modules is built, so their dependencies stay where they are.
func (module Module) download() string {
	command := exec.Command("go", "mod", "download", "-json", module.Path+"@"+module.Version)
	command.Stderr = os.Stderr
	out, err := command.Output()
	var answer struct{ Dir, Error string }
	must(json.Unmarshal(out, &answer))
	if answer.Error != "" {
		log.Fatal(answer.Error)
	}
	must(err)
	return answer.Dir
}
