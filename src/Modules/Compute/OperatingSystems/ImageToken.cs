using System.Security.Cryptography;
using System.Text;
using Nico.SharedKernel.Secrets;

namespace Nico.Compute.OperatingSystems;

/// <summary>
/// What the server of an image is told. Kept sealed in the operating system and in what its changes replaced, which are sealed for one
/// purpose, so that a text can go from one to the other. It is opened for the site alone.
/// </summary>
internal sealed class ImageToken(ISecrets secrets)
{
    /// <summary>Where tokens are kept.</summary>
    public static SealedColumn Column { get; } = new("compute.operating_system", "id", "image_auth_token");

    /// <summary>Where those that a change replaced are kept.</summary>
    public static SealedColumn ReplacedColumn { get; } = new("compute.operating_system_change", "id", "image_auth_token", Column.Purpose);

    /// <summary>The token as it is kept; null for none.</summary>
    public string? Seal(string? token) => string.IsNullOrEmpty(token) ? null : secrets.Seal(token, Column.Purpose);

    /// <summary>The token in the clear.</summary>
    public string Open(string sealedToken) => secrets.Open(sealedToken, Column.Purpose);
}

/// <summary>What tells one definition of an image from another.</summary>
internal static class ImageVersion
{
    /// <summary>
    /// SHA-1, in hexadecimal, of what the site is sent of the image. Of the token the sealed text takes part: from that nobody learns
    /// anything, and it is another for a new token.
    /// </summary>
    public static string Of(OperatingSystem system)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        foreach (var part in new[]
        {
            system.Id.ToString(), system.ImageUrl, system.ImageSha, system.ImageAuthType, system.ImageAuthToken, system.ImageDisk, system.RootFsId,
            system.RootFsLabel,
        })
        {
            hash.AppendData(Encoding.UTF8.GetBytes(part ?? ""));
        }

        hash.AppendData([0]);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
