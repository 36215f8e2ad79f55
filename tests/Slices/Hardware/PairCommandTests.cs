using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Hardware;

/// <summary>How <c>nico pair</c> is given its token, and what becomes of wrong ones.</summary>
public sealed class PairCommandTests(TestHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_token_comes_from_a_file_standard_input_or_the_environment_and_on_the_command_line_with_a_warning()
    {
        var (provider, _) = await host.Provider();
        var file = Path.GetTempFileName();
        try
        {
            var tokens = await Task.WhenAll(Enumerable.Range(0, 4).Select(async i => (await provider.Post("site", new { name = $"site-{i}" })).Is(201)["registrationToken"].Text()));
            await File.WriteAllTextAsync(file, tokens[0] + "\n", Stop);
            var said = await Task.WhenAll(
                Pair(0, ["--site-token-file", file]),
                Pair(1, ["--site-token-file", "-"], input: tokens[1] + "\n"),
                Pair(2, [], variable: tokens[2]),
                Pair(3, ["--site-token", tokens[3]]));
            for (var i = 0; i < said.Length; i++)
            {
                Assert.Equal(0, said[i].Status);
                Assert.Contains($"Site site-{i} ", said[i].Output, StringComparison.Ordinal);
                Assert.Equal(i == 3, said[i].Error.Contains("can be read by every account", StringComparison.Ordinal));
                Assert.DoesNotContain(tokens[i], said[i].Output + said[i].Error, StringComparison.Ordinal);
            }

            var missing = await Pair(4, []);
            Assert.Equal(1, missing.Status);
            Assert.Contains("NICO_SITE_TOKEN", missing.Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Wrong_tokens_are_counted_and_logged_without_being_told()
    {
        await using var running = await TestHost.StartHost(
            await host.NewDatabase(), new Dictionary<string, string?> { ["Logging:LogLevel:Nico.Hardware"] = "Warning" }, host.Issuer);
        var log = new LogLines();
        running.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        for (var i = 0; i < 3; i++)
        {
            (await running.Bearing("none", null).Post("/pair", new { token = "wrong-token", core = "https://127.0.0.1:1" })).Fails(401);
        }

        Assert.Equal(3, log.Lines.Count(line => line.Level == LogLevel.Warning && line.Text.Contains("pairing was refused", StringComparison.Ordinal)));
        Assert.DoesNotContain(log.Lines, line => line.Text.Contains("wrong-token", StringComparison.Ordinal));
        using var operators = new HttpClient { BaseAddress = running.OperatorAddress };
        Assert.Contains(
            (await operators.GetStringAsync("/metrics", Stop)).Split('\n'),
            line => line.StartsWith("nico_pairings_refused_total", StringComparison.Ordinal) && line.Split(' ')[1] == "3");
    }

    private async Task<(int Status, string Output, string Error)> Pair(int number, string[] given, string? input = null, string? variable = null)
    {
        // Nothing listens there: a pairing does not ask the controller.
        var core = $"https://127.77.{Random.Shared.Next(256)}.{Random.Shared.Next(1, 255)}:{1000 + number}";
        var start = new ProcessStartInfo(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "nico.dll"), "pair", "--core", core, "--url", host.Host.Address.ToString(), .. given])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NICO_SITE_TOKEN"] = variable;
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync(Stop);
        var output = await process.StandardOutput.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        return (process.ExitCode, output, await error);
    }
}
