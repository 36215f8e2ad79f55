using System.Security.Cryptography;
using System.Text;
using Nico.SiteSimulator.State;

namespace Nico.SiteSimulator.Serving;

/// <summary>
/// What callers of the control endpoint show: every account of the machine can reach it, but only the site's own can read its state folder.
/// </summary>
internal static class ControlToken
{
    /// <summary>Name of the file in the state folder.</summary>
    public const string FileName = "control-token";

    private const int Digits = 32;

    /// <summary>The token of the folder, made when there is none; a new one without a folder.</summary>
    public static string Of(string? folder)
    {
        if (folder is null)
        {
            return Make();
        }

        using var file = OwnersOnly.Open(Path.Combine(folder, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        using var reader = new StreamReader(file, Encoding.ASCII);
        if (reader.ReadToEnd().Trim() is { Length: Digits } kept)
        {
            return kept;
        }

        var made = Make();
        file.SetLength(0);
        file.Write(Encoding.ASCII.GetBytes(made + "\n"));
        return made;
    }

    /// <summary>True for an <c>Authorization</c> header that bears the token.</summary>
    public static bool IsShown(string? authorization, string token) => authorization is not null
        && CryptographicOperations.FixedTimeEquals(Hash(authorization), Hash("Bearer " + token));

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private static string Make() => RandomNumberGenerator.GetHexString(Digits, lowercase: true);
}
