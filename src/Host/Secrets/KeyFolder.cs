using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Nico.Host.Development;

namespace Nico.Host.Secrets;

/// <summary>A key that seals secrets.</summary>
/// <param name="File">Name of its file.</param>
/// <param name="Id">What sealed texts call it: derived from the key, so that every copy of it has the same.</param>
/// <param name="Bytes">The key itself.</param>
internal sealed record SecretKey(string File, string Id, byte[] Bytes)
{
    // A record would print its members: this one holds a key.
    public override string ToString() => $"{File} ({Id})";
}

/// <summary>
/// A folder of key files: <c>NAME.key</c> with 32 random bytes in base64. The last by name is the current one; names begin with
/// the time of their making, so that the order is the same wherever the folder is copied or mounted.
/// </summary>
internal sealed class KeyFolder(string path)
{
    /// <summary>Bytes of a key: AES-256.</summary>
    public const int KeyLength = 32;

    private const string Ending = ".key";

    /// <summary>The folder.</summary>
    public string Path => path;

    /// <summary>Its keys, the current one last. A file that holds no key is a problem: left out, it could be the current one.</summary>
    public IReadOnlyList<SecretKey> Read()
    {
        try
        {
            return [.. Files().Select(Key)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationProblem($"Secrets:Keys: the folder {path} cannot be read: {e.Message}");
        }
    }

    /// <summary>The names of its key files and when they were written: differs when a key was added, changed or removed.</summary>
    public string Stamp()
    {
        try
        {
            return string.Join('|', Files().Select(file => $"{file}:{File.GetLastWriteTimeUtc(file).Ticks}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "unreadable";
        }
    }

    /// <summary>Makes a key, the current one from now on, readable by its owner alone. Makes the folder when there is none.</summary>
    public SecretKey Add(DateTimeOffset now)
    {
        try
        {
            if (!Directory.Exists(path))
            {
                Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            var bytes = RandomNumberGenerator.GetBytes(KeyLength);
            var name = string.Create(CultureInfo.InvariantCulture, $"{now.UtcDateTime:yyyyMMdd'T'HHmmssfff'Z'}-{Id(bytes)}{Ending}");
            var file = System.IO.Path.Combine(path, name);
            var draft = file + ".new";
            using (var stream = new FileStream(draft, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                stream.Write(Encoding.ASCII.GetBytes(Convert.ToBase64String(bytes) + "\n"));
                stream.Flush(flushToDisk: true);
            }

            // A key is seen whole or not at all: a service that re-reads the folder may look at any moment.
            File.Move(draft, file);
            return new SecretKey(name, Id(bytes), bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationProblem($"A key cannot be written to {path}: {e.Message}");
        }
    }

    private string[] Files() => Directory.Exists(path)
        ? [.. Directory.EnumerateFiles(path, "*" + Ending).Order(StringComparer.Ordinal)]
        : [];

    private static SecretKey Key(string file)
    {
        Guarded.Require(file);
        var name = System.IO.Path.GetFileName(file);
        var bytes = new byte[KeyLength];
        return Convert.TryFromBase64String(File.ReadAllText(file).Trim(), bytes, out var length) && length == KeyLength
            ? new SecretKey(name, Id(bytes), bytes)
            : throw new ConfigurationProblem($"Secrets:Keys: {file} does not hold {KeyLength} bytes in base64");
    }

    private static string Id(byte[] key) => Base64Url.EncodeToString(HMACSHA256.HashData(key, "nico key id"u8).AsSpan(0, 9));
}
