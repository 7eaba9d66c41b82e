package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"journeybot/config"
)

// The table of docs/maps names tests that exist, and every bundled map has its page.
func TestDocumentedMapsNameTestsThatExist(t *testing.T) {
	t.Parallel()
	var tests string
	for _, pattern := range []string{"*_test.go", "config/*_test.go", "journey/*_test.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			tests += string(text)
		}
	}
	readme := document(t, "docs/maps/README.md")
	named := regexp.MustCompile("`(Test[A-Za-z]+)`").FindAllStringSubmatch(readme, -1)
	require.NotEmpty(t, named)
	for _, name := range named {
		require.Contains(t, tests, "func "+name[1]+"(t *testing.T)")
	}
	for _, name := range config.BundledMaps() {
		require.Contains(t, readme, "| "+name+" |")
		require.Contains(t, document(t, "docs/maps/"+name+".md"), "```mermaid")
	}
}
