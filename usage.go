package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// usageError is a command line that cannot be understood.
type usageError struct{ error }

// misused explains a wrong command line and says where to read more.
func misused(cmd *cobra.Command, format string, args ...any) error {
	return &usageError{fmt.Errorf(format+"\nType `%s --help` for what it takes", append(args, cmd.CommandPath())...)}
}

// flagTypes are what flags take, in words.
var flagTypes = map[string]string{"int": "a whole number", "float64": "a number", "bool": "true or false"}

// misusedFlag words what pflag refuses without the names of its functions.
func misusedFlag(cmd *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		if want := flagTypes[invalid.GetFlag().Value.Type()]; want != "" {
			return misused(cmd, "--%s: %q is not %s", invalid.GetFlag().Name, invalid.GetValue(), want)
		}
	}
	return misused(cmd, "%w", err)
}

// takes bounds how many arguments a command gets; what names them. most below 0 is no bound.
func takes(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) >= least && (most < 0 || len(args) <= most) {
			return nil
		}
		got := "nothing"
		if len(args) > 0 {
			got = strings.Join(args, " ")
		}
		return misused(cmd, "%s takes %s, got %s", cmd.CommandPath(), what, got)
	}
}

var takesNothing = takes(0, 0, "no arguments")

// group is a command that only holds others: alone it prints its help, and it says which one a mistyped word may be.
func group(cmd *cobra.Command) {
	cmd.Args, cmd.SuggestionsMinimumDistance, cmd.DisableFlagsInUseLine = cobra.ArbitraryArgs, 2, true
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		meant := ""
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			meant = fmt.Sprintf(". Did you mean `%s %s`?", cmd.CommandPath(), near[0])
		}
		return misused(cmd, "%s has no command %q%s", cmd.CommandPath(), args[0], meant)
	}
}
