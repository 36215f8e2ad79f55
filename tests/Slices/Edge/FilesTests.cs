using Nico.Host;
using Nico.Host.Development;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>What lies on the disk is for its owner only.</summary>
public sealed class FilesTests
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    [Fact]
    public async Task No_file_of_a_simulated_site_can_be_read_by_others_also_one_from_before()
    {
        var folder = Directory.CreateTempSubdirectory("nico-state-");
        try
        {
            var state = Path.Combine(folder.FullName, "simulator", "s");
            Directory.CreateDirectory(state);
            File.SetUnixFileMode(state, (UnixFileMode)0b111_101_101);
            var options = new SimulatorOptions { SiteName = "s", Machines = 2, StateFolder = state, CompactAt = 1 };
            await using (await TestSite.Alone(options))
            {
            }

            File.SetUnixFileMode(Directory.EnumerateFiles(state).First(), (UnixFileMode)0b110_100_100);
            await using (await TestSite.Alone(options))
            {
                Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(state));
                Assert.NotEmpty(Directory.EnumerateFiles(state));
                Assert.All(Directory.EnumerateFiles(state), file => Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(file) & Others));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_folder_or_a_key_of_another_account_is_refused_and_one_of_root_s_is_not()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can give a file to another account");
        var folder = Directory.CreateTempSubdirectory("nico-data-");
        try
        {
            var data = DataFolder.Open(Path.Combine(folder.FullName, "data"));
            DevelopmentIssuer.Open(data.IssuerKey);
            Give(data.IssuerKey);
            Assert.Contains("belongs to another account", Assert.Throws<ConfigurationProblem>(() => DevelopmentIssuer.Open(data.IssuerKey)).Message, StringComparison.Ordinal);

            var keys = new Nico.Host.Secrets.KeyFolder(data.Keys);
            var key = Path.Combine(data.Keys, keys.Add(DateTimeOffset.UtcNow).File);
            Assert.Single(keys.Read());
            Give(key);
            Assert.Contains(key, Assert.Throws<ConfigurationProblem>(keys.Read).Message, StringComparison.Ordinal);

            // What counts is the file, not the link that leads to it.
            var kept = Path.Combine(folder.FullName, "kept.key");
            File.Move(key, kept);
            File.CreateSymbolicLink(key, kept);
            Assert.Throws<ConfigurationProblem>(keys.Read);

            Give(data.Path);
            Assert.Contains("belongs to another account", Assert.Throws<ConfigurationProblem>(() => DataFolder.Open(data.Path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        static void Give(string path)
        {
            using var chown = System.Diagnostics.Process.Start("chown", ["65534", path]);
            chown.WaitForExit();
            Assert.Equal(0, chown.ExitCode);
        }
    }

    [Fact]
    public void A_folder_or_a_key_that_others_may_write_is_refused()
    {
        var folder = Directory.CreateTempSubdirectory("nico-data-");
        try
        {
            var data = DataFolder.Open(Path.Combine(folder.FullName, "data"));
            DevelopmentIssuer.Open(data.IssuerKey);
            File.SetUnixFileMode(data.IssuerKey, (UnixFileMode)0b110_110_110);
            Assert.Contains("issuer-key.pem", Assert.Throws<ConfigurationProblem>(() => DevelopmentIssuer.Open(data.IssuerKey)).Message, StringComparison.Ordinal);

            var keys = new Nico.Host.Secrets.KeyFolder(data.Keys);
            var key = keys.Add(DateTimeOffset.UtcNow);
            File.SetUnixFileMode(Path.Combine(data.Keys, key.File), (UnixFileMode)0b110_000_010);
            Assert.Throws<ConfigurationProblem>(keys.Read);

            File.SetUnixFileMode(data.Path, (UnixFileMode)0b111_111_111);
            Assert.Throws<ConfigurationProblem>(() => DataFolder.Open(data.Path));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
