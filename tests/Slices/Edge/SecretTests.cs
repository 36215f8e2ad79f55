using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Nico.Host;
using Nico.Host.Secrets;
using Nico.SharedKernel.Secrets;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>Secrets at rest: what is sealed opens for its purpose only, and keys come and go without a stop.</summary>
public sealed class SecretTests : IDisposable
{
    private readonly DirectoryInfo _parent = Directory.CreateTempSubdirectory("nico-secrets-");
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow);

    private KeyFolder Folder => new(Path.Combine(_parent.FullName, "keys"));

    public void Dispose() => _parent.Delete(recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("s3cret")]
    [InlineData("ключ 🔑\n\0")]
    public void What_is_sealed_opens_again_and_does_not_show(string plain)
    {
        var key = Folder.Add(_clock.GetUtcNow());
        var ring = Ring();
        var text = ring.Seal(plain, "a");
        Assert.Equal(plain, ring.Open(text, "a"));
        Assert.StartsWith(SealedText.Prefix(key.Id), text);
        Assert.True(plain.Length == 0 || !text.Contains(plain, StringComparison.Ordinal));
        Assert.NotEqual(text, ring.Seal(plain, "a"));
    }

    [Fact]
    public void It_opens_for_its_purpose_only_and_only_as_it_was_sealed()
    {
        Folder.Add(_clock.GetUtcNow());
        var ring = Ring();
        var text = ring.Seal("s3cret", "a");
        Assert.Throws<SecretUnreadable>(() => ring.Open(text, "b"));
        for (var i = 0; i < text.Length; i++)
        {
            var changed = text[..i] + (text[i] == 'A' ? 'B' : 'A') + text[(i + 1)..];
            if (i < text.Length - 1)
            {
                // The last character may have bits that mean nothing.
                Assert.Throws<SecretUnreadable>(() => ring.Open(changed, "a"));
            }
        }

        foreach (var nothing in new[] { "", "s3cret", "v1", "v1..", "v1.x.", text + ".", text[..^8], SealedText.Prefix("nokey") + "AAAA" })
        {
            Assert.Throws<SecretUnreadable>(() => ring.Open(nothing, "a"));
        }
    }

    [Fact]
    public void A_key_that_is_added_is_current_without_a_stop_and_older_ones_still_open()
    {
        var old = Folder.Add(_clock.GetUtcNow());
        var ring = Ring();
        var before = ring.Seal("s3cret", "a");
        var added = Folder.Add(_clock.GetUtcNow().AddSeconds(1));
        _clock.Advance(TimeSpan.FromSeconds(2));
        var after = ring.Seal("s3cret", "a");
        Assert.StartsWith(SealedText.Prefix(added.Id), after);
        Assert.Equal("s3cret", ring.Open(before, "a"));

        File.Delete(Path.Combine(Folder.Path, old.File));
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Contains(old.Id, Assert.Throws<SecretUnreadable>(() => ring.Open(before, "a")).Message);
        Assert.Equal("s3cret", ring.Open(after, "a"));
    }

    [Fact]
    public void A_key_that_another_replica_saw_first_is_found_at_once()
    {
        Folder.Add(_clock.GetUtcNow());
        var (one, other) = (Ring(), Ring());
        one.Seal("x", "a");
        Folder.Add(_clock.GetUtcNow().AddSeconds(1));
        Assert.Equal("s3cret", one.Open(other.Seal("s3cret", "a"), "a"));
    }

    [Fact]
    public void A_slip_in_the_folder_does_not_stop_a_running_service()
    {
        Folder.Add(_clock.GetUtcNow());
        var ring = Ring();
        var text = ring.Seal("s3cret", "a");
        File.WriteAllText(Path.Combine(Folder.Path, "zzz.key"), "no key");
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("s3cret", ring.Open(text, "a"));
        Directory.Delete(Folder.Path, recursive: true);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("s3cret", ring.Open(text, "a"));
        Assert.Equal("s3cret", ring.Open(ring.Seal("s3cret", "a"), "a"));
    }

    [Fact]
    public void Keys_are_for_their_owner_alone_and_never_printed()
    {
        var key = Folder.Add(_clock.GetUtcNow());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Folder.Path, key.File)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder.Path));
        Assert.Equal($"{key.File} ({key.Id})", key.ToString());
        Assert.Equal(key.Id, Assert.Single(Folder.Read()).Id);
    }

    [Fact]
    public void Without_a_key_the_start_is_refused_in_a_sentence()
    {
        string? Refusal(string? folder)
        {
            var problem = Assert.Throws<ConfigurationProblem>(() => NicoServer.Build(new ServerSettings
            {
                ConnectionString = "Host=localhost",
                Development = Nico.Host.Development.DevelopmentIssuer.Open(Path.Combine(_parent.FullName, "issuer.pem")).ToIssuer(),
                Overrides = new Dictionary<string, string?> { ["Http:Port"] = "0", ["Http:MetricsPort"] = "0", ["Secrets:Keys"] = folder },
            }));
            return problem.Message;
        }

        Assert.Contains("Secrets__Keys", Refusal(null));
        Assert.Contains("there is no key", Refusal(Folder.Path));
        Folder.Add(_clock.GetUtcNow());
        File.WriteAllText(Path.Combine(Folder.Path, "short.key"), Convert.ToBase64String(new byte[16]));
        Assert.Contains("short.key", Refusal(Folder.Path));
    }

    private KeyRing Ring() => new(Folder, _clock, NullLogger<KeyRing>.Instance);
}
