using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Nico.SharedKernel.Secrets;

namespace Nico.Host.Secrets;

/// <summary>
/// Seals and opens with the keys of a folder, and follows the folder: a key that is added is current within a second, and a text
/// under a key that is not known yet has the folder read again at once, for another replica may have seen the key first.
/// </summary>
internal sealed partial class KeyRing(KeyFolder folder, TimeProvider clock, ILogger<KeyRing> log) : ISecrets
{
    private const int NonceLength = 12;
    private const int TagLength = 16;

    private static readonly TimeSpan _look = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private IReadOnlyList<SecretKey> _keys = [];
    private string? _stamp;
    private long _looked;

    /// <summary>The keys, the current one last.</summary>
    public IReadOnlyList<SecretKey> Keys() => Look(atOnce: false);

    /// <summary>The key that seals now.</summary>
    public SecretKey Current() => Keys() is [.., var current]
        ? current
        : throw new ConfigurationProblem($"There is no key in {folder.Path}: make one with ./nico keys add");

    public string Seal(string plain, string purpose)
    {
        var key = Current();
        var clear = Encoding.UTF8.GetBytes(plain);
        var bytes = new byte[NonceLength + TagLength + clear.Length];
        var nonce = bytes.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using (var aes = new AesGcm(key.Bytes, TagLength))
        {
            aes.Encrypt(nonce, clear, bytes.AsSpan(NonceLength + TagLength), bytes.AsSpan(NonceLength, TagLength), Bound(key.Id, purpose));
        }

        CryptographicOperations.ZeroMemory(clear);
        return SealedText.Prefix(key.Id) + Base64Url.EncodeToString(bytes);
    }

    public string Open(string sealedText, string purpose)
    {
        if (sealedText.Split('.') is not [SealedText.Version, var id, var text] || !Base64Url.IsValid(text, out var length) || length < NonceLength + TagLength)
        {
            throw new SecretUnreadable($"What is stored for {purpose} is not sealed");
        }

        var key = Find(id) ?? throw new SecretUnreadable($"The key {id}, which a secret for {purpose} is sealed with, is not in {folder.Path}");
        var bytes = Base64Url.DecodeFromChars(text);
        var clear = new byte[bytes.Length - NonceLength - TagLength];
        try
        {
            using var aes = new AesGcm(key.Bytes, TagLength);
            aes.Decrypt(bytes.AsSpan(0, NonceLength), bytes.AsSpan(NonceLength + TagLength), bytes.AsSpan(NonceLength, TagLength), clear, Bound(id, purpose));
            return Encoding.UTF8.GetString(clear);
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new SecretUnreadable($"A secret for {purpose} is not as it was sealed", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(clear);
        }
    }

    private static byte[] Bound(string keyId, string purpose) => Encoding.UTF8.GetBytes($"{SealedText.Version}\n{keyId}\n{purpose}");

    private SecretKey? Find(string id) => Of(Look(atOnce: false), id) ?? Of(Look(atOnce: true), id);

    private static SecretKey? Of(IReadOnlyList<SecretKey> keys, string id) => keys.FirstOrDefault(key => key.Id == id);

    private IReadOnlyList<SecretKey> Look(bool atOnce)
    {
        lock (_gate)
        {
            if (_stamp is not null && !atOnce && clock.GetElapsedTime(_looked) < _look)
            {
                return _keys;
            }

            _looked = clock.GetTimestamp();
            var stamp = folder.Stamp();
            if (stamp == _stamp)
            {
                return _keys;
            }

            try
            {
                var keys = folder.Read();
                if (keys.Count > 0 || _keys.Count == 0)
                {
                    (_keys, _stamp) = (keys, stamp);
                }
                else
                {
                    Emptied(log, folder.Path);
                }
            }
            catch (ConfigurationProblem problem) when (_keys.Count > 0)
            {
                // What was read before still holds: a slip in the folder must not stop the service.
                Unreadable(log, problem.Message);
            }

            return _keys;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The keys cannot be read again, those that were read before still hold: {Reason}")]
    private static partial void Unreadable(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "There is no key left in {Folder}: those that were read before hold until the process ends")]
    private static partial void Emptied(ILogger log, string folder);
}
