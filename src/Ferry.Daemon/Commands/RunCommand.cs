using System.Runtime.InteropServices;
using Ferry.Daemon.Configuration;
using Ferry.Daemon.Logs;
using Ferry.Daemon.Running;
using Ferry.Daemon.Systemd;
using Microsoft.Extensions.Logging;

namespace Ferry.Daemon.Commands;

/// <summary><c>ferryd run</c>: until a signal.</summary>
internal static class RunCommand
{
    private const int Interrupt = 2;
    private const int Terminate = 15;

    public static async Task<int> RunAsync(DaemonConfiguration configuration, IReadOnlyDictionary<string, string> environment, TextWriter error)
    {
        var time = TimeProvider.System;
        await using var output = new LogOutput(error);
        using var loggers = new DaemonLoggerFactory(new LogRenderer(configuration.Log.Format, configuration.Log.FullAddresses, time), output, configuration.Log.Level);
        var log = loggers.CreateLogger("ferryd");
        using var notify = NotifySocket.Open(environment);
        var signals = new Signals();
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => signals.Arrived(context, Interrupt));
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => signals.Arrived(context, Terminate));
        log.LogInformation("ferryd {Version} starts; {Descriptors}", ProgramVersion.Text, DescriptorLimit.Describe(DescriptorLimit.Raise()));
        try
        {
            var process = await DaemonProcess.StartAsync(configuration, await Composition.CreateAsync(configuration, loggers, time), loggers, notify, time);
            await using var watchdog = WatchdogTimer.Start(notify, environment, time);
            log.LogInformation("ferryd is ready");
            await signals.First;
            var stopping = StopAsync(process, configuration.Grace, time);
            if (await Task.WhenAny(stopping, signals.Second) == stopping)
            {
                await stopping;
                return ExitCode.Done;
            }

            log.LogWarning("ended at once by a second signal");
            return ExitCode.Signal(await signals.Second);
        }
        catch (StartException wrong)
        {
            log.LogError("ferryd cannot start: {Reason}", wrong.Message);
            return ExitCode.Failed;
        }
    }

    private static async Task StopAsync(DaemonProcess process, TimeSpan grace, TimeProvider time)
    {
        using var limit = new CancellationTokenSource(grace, time);
        await process.DrainAsync(limit.Token);
        await process.DisposeAsync();
    }

    private sealed class Signals
    {
        private readonly TaskCompletionSource<int> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<int> _second = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<int> First => _first.Task;

        public Task<int> Second => _second.Task;

        public void Arrived(PosixSignalContext context, int number)
        {
            context.Cancel = true;
            if (!_first.TrySetResult(number)) _second.TrySetResult(number);
        }
    }
}
