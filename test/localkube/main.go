// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"os"

	"github.com/kubectl-sts/kubectl-sts/test/localkube/internal/cli"
	"github.com/kubectl-sts/kubectl-sts/test/localkube/internal/program"
)

func main() {
	app := cli.App{Program: program.Find, Exit: os.Exit, Stdout: os.Stdout, Stderr: os.Stderr}
	os.Exit(app.Run(context.Background(), os.Args))
}
