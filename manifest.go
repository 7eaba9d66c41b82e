package main

import (
	_ "embed"
	"fmt"
	"net/url"
	"strings"
	"text/template"

	"github.com/spf13/cobra"
)

// manifestTemplate is Slack's app manifest; it says Socket Mode, or with an address the HTTP endpoints.
//
//go:embed deploy/slack-manifest.yaml.tmpl
var manifestTemplate string

// manifestData fills the manifest in.
type manifestData struct {
	Command string // with its slash
	Charts  bool   // with what uploading charts needs: charts: png in the growth file
	URL     string // public base address of the bot, without a trailing slash; "" for Socket Mode
}

func manifestCommand() *cobra.Command {
	var data manifestData
	cmd := &cobra.Command{
		Use:   "manifest",
		Short: "Print the Slack app manifest",
		Long:  "Print the manifest to paste at https://api.slack.com/apps → Create New App → From a manifest.",
		Example: `  journeybot manifest                                  for Socket Mode (no public address needed)
  journeybot manifest --url https://bot.example.com    for HTTP, when Slack can reach the bot`,
		Args: takesNothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := renderManifest(data)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), text)
			return err
		},
	}
	cmd.Flags().StringVar(&data.Command, "command", "/journey", "name of the slash command")
	cmd.Flags().BoolVar(&data.Charts, "charts", false, "with the scopes to upload charts, for charts: png in the growth file")
	cmd.Flags().StringVar(&data.URL, "url", "", "public https address of the bot; without it the manifest says Socket Mode")
	return cmd
}

func renderManifest(data manifestData) (string, error) {
	data.URL = strings.TrimSuffix(data.URL, "/")
	if u, err := url.Parse(data.URL); data.URL != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
		return "", &usageError{fmt.Errorf("--url: Slack needs an address like https://bot.example.com, got %q", data.URL)}
	}
	if !strings.HasPrefix(data.Command, "/") || len(data.Command) > 32 || strings.ContainsAny(data.Command, " \t\"\n") {
		return "", &usageError{fmt.Errorf("--command: a name like /journey of at most 32 characters, got %q", data.Command)}
	}
	var out strings.Builder
	err := template.Must(template.New("manifest").Parse(manifestTemplate)).Execute(&out, data)
	return out.String(), err
}
