using System.Buffers.Text;

namespace Nico.SharedKernel.Secrets;

/// <summary>
/// Encrypts what must never lie readable in the database: AES-256-GCM under a key of the folder <c>Secrets:Keys</c>. Neither the
/// clear text nor a key is ever logged.
/// </summary>
public interface ISecrets
{
    /// <summary>
    /// <paramref name="plain"/> sealed under the current key. <paramref name="purpose"/> is what it is for, such as
    /// <c>hardware.site.registration_token</c>: it opens for the same purpose only, so that a text moved to another column is void.
    /// </summary>
    string Seal(string plain, string purpose);

    /// <summary>The clear text of what <see cref="Seal"/> returned; throws <see cref="SecretUnreadable"/> when it cannot be opened.</summary>
    string Open(string sealedText, string purpose);
}

/// <summary>A sealed text cannot be opened: its key is not in the folder, or it is not what was sealed for this purpose.</summary>
public sealed class SecretUnreadable(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>How a sealed text looks: <c>v1.KEY.BYTES</c>, the bytes being nonce, tag and cipher text in base64url.</summary>
public static class SealedText
{
    /// <summary>What every sealed text begins with.</summary>
    public const string Version = "v1";

    /// <summary>What a text begins with that is sealed under <paramref name="keyId"/>.</summary>
    public static string Prefix(string keyId) => $"{Version}.{keyId}.";

    /// <summary>True for a text that looks like a sealed one.</summary>
    public static bool IsSealed(string text) => text.Split('.') is [Version, { Length: 12 }, { Length: > 37 } bytes] && Base64Url.IsValid(bytes);
}

/// <summary>
/// A column that holds sealed texts, offered by the module that owns it, so that what older keys sealed is sealed again under the
/// current one. Registered with the services as a singleton. Names and purpose are code, never input.
/// </summary>
/// <param name="Table">The table with its schema, such as <c>hardware.site</c>.</param>
/// <param name="Key">The column that identifies a row, of any type that casts to text.</param>
/// <param name="Column">The column of the sealed text; null where there is none.</param>
/// <param name="Purpose">The purpose that its texts are sealed for.</param>
public sealed record SealedColumn(string Table, string Key, string Column, string Purpose)
{
    /// <summary>A column whose purpose is its own name.</summary>
    public SealedColumn(string table, string key, string column)
        : this(table, key, column, $"{table}.{column}")
    {
    }

    /// <summary>True when there may be texts from before they were sealed: they are sealed as they are found.</summary>
    public bool MayBeClear { get; init; }

    /// <summary>Schema, table and column.</summary>
    public string Name => $"{Table}.{Column}";
}
