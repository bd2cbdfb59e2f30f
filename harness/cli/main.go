// Package cli is the sweep command: it reads flags, joins sources, harness, journal and
// report, prints lines and returns an exit status. A program with variants of its own
// gets the whole command with
//
//	cli.Main(os.Args[1:], append(variants.All(), mine.New())...)
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"attnbench/attn"
	"attnbench/harness/visit"
)

// Main runs the command with the given arguments, without the program's name,
// over the given variants, and returns the exit status: 0 fine, 1 a point
// disagreed or failed or none was timed, 2 usage, 3 a crash of the command itself, 130 or
// 143 interrupted. A second signal ends the process at once. Where nobody reads standard
// output any more, the sweep goes on. The child of a visit leaves signals alone: they end it.
func Main(args []string, variants ...attn.Variant) int {
	if slices.Equal(args, []string{visitName}) {
		return Run(context.Background(), args, os.Stdout, os.Stderr, variants...)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	// Without this a write to a closed pipe ends the process.
	closed := make(chan os.Signal, 1)
	signal.Notify(closed, syscall.SIGPIPE)
	defer signal.Stop(closed)
	go func() {
		sig, ok := <-signals
		if !ok {
			return
		}
		signal.Stop(signals)
		cancel(signalError{sig})
	}()
	return Run(ctx, args, os.Stdout, os.Stderr, variants...)
}

// Run is Main with its surroundings given: the end of ctx interrupts the sweep, stdout
// takes results, and stderr takes progress and errors.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer, variants ...attn.Variant) int {
	out := &output{to: stdout}
	root := command(&app{variants: variants, args: args, stdout: out, stderr: stderr})
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(stderr)
	err := guarded(func() error { return root.ExecuteContext(ctx) })
	if broken := out.failure(); err == nil && broken != nil {
		err = statusError{exitDisagree, "standard output: cannot write: " + reason(broken)}
	}
	if err == nil {
		return exitOK
	}
	status := statusError{exitUsage, err.Error()}
	errors.As(err, &status)
	if status.message != "" {
		fmt.Fprintln(stderr, "sweep: "+oneLine(status.message, args))
	}
	return status.code
}

// reason is an error without the path of the file.
func reason(err error) string {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		err = path.Err
	}
	return err.Error()
}

type app struct {
	variants       []attn.Variant
	args           []string
	stdout, stderr io.Writer
}

func command(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "sweep",
		Short: "Compare attention variants on this machine: time, memory, agreement",
		Long: `Sweep runs attention variants over growing sequence lengths on this machine,
checks every result against a float64 oracle, measures time and memory, and
writes a report with plots. Without a command it does what "run" does.`,
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.DisableSuggestions = true
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(runCommand(a), decodeCommand(a), checkCommand(a), reportCommand(a), compareCommand(a), exportCommand(a), listCommand(a), selftestCommand(a), visitCommand(a), plantedCommand(a))

	run := newRunFlags(root.Flags())
	root.RunE = func(cmd *cobra.Command, _ []string) error { return a.run(cmd.Context(), run) }
	return root
}

func runCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "run", Short: "Sweep, measure and write a report (the default)", Args: cobra.NoArgs,
		Example: `  sweep run
  sweep run --variants flash,sparse --seqlen 512,1k,4k --mask causal,window:255:0
  sweep run --input qkv.npz --workers 1:all --pin
  sweep run --out reports/night --resume`,
	}
	f := newRunFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return a.run(cmd.Context(), f) }
	return cmd
}

func checkCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "check", Short: "Check every point against the oracle; time nothing", Args: cobra.NoArgs}
	f := newCheckFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return a.check(cmd.Context(), f) }
	return cmd
}

func reportCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "report DIR", Short: "Render the report of a folder again from its results.jsonl", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.report(args[0]) },
	}
}

func listCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List variants and what each supports, kernel sets, and this machine", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.list() },
	}
}

// visitCommand is the child's end of a visit: see package visit.
func visitCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: visitName, Hidden: true, Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := visit.Serve(a.env(), os.Stdin, os.Stdout); err != nil {
				return statusError{exitDisagree, err.Error()}
			}
			return nil
		},
	}
}
