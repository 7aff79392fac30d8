//go:build tools

// Package tools names the program that is built at the version of go.mod.
package tools

import _ "github.com/hashicorp/packer"
