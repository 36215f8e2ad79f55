using Microsoft.Extensions.Logging.Abstractions;
using Nico.SiteSimulator;

namespace Nico.Tests.Simulator;

internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (args is ["simulate", var folder, var compactAt])
        {
            return await Simulate(folder, long.Parse(compactAt));
        }

        return args.Any(arg => arg is "--server" or "--internal-msbuild-node")
            ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
            : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
    }

    // Serves until it is killed or its standard input ends.
    private static async Task<int> Simulate(string folder, long compactAt)
    {
        try
        {
            await using var site = await SimulatedSite.Start(
                new() { SiteName = "sim-test", StateFolder = folder, CompactAt = compactAt }, TimeProvider.System, NullLoggerFactory.Instance);
            await Console.Out.WriteLineAsync(site.Core.ToString());
            await Console.In.ReadToEndAsync();
            return 0;
        }
        catch (InvalidOperationException refused)
        {
            await Console.Out.WriteLineAsync(refused.Message);
            return 2;
        }
    }
}
