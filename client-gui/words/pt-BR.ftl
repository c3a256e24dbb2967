# Todas as palavras do cliente de mesa, em português do Brasil.

app-name = Sala
app-motto = Uma sala sua, onde nada se perde.
cancel = Cancelar
close = Fechar
save = Salvar
loading = Carregando…
dismiss = Dispensar
close-panel = Fechar o painel

day-today = Hoje
day-yesterday = Ontem
day-this-year = { $weekday }, { $day } de { $month }
day-with-year = { $weekday }, { $day } de { $month } de { $year }
moment = { $day }, { $time }
weekdays = segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo
months = janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro

sign-in-guest = Visitante
sign-in-account = Conta
sign-in-register = Conta nova
sign-in-guest-hint = Escolha um apelido e entre. Ele continua seu neste computador.
sign-in-account-hint = Seu nome e sua senha. Este computador permanece conectado.
sign-in-register-hint = Com uma conta você entra de vários aparelhos e tem amigos.
sign-in-enter = Entrar
sign-in-enter-account = Entrar
sign-in-enter-new = Criar conta
sign-in-recent = Onde você já esteve
sign-in-forget = Esquecer
field-server = Servidor
field-nickname = Apelido
field-name = Nome
field-password = Senha
field-code = Código de uso único
field-room = Nome da sala
field-topic = Assunto
field-link = Link
field-names = Nomes, separados por vírgulas
field-note = Algumas palavras (opcional)
field-reason = Motivo (opcional)
field-status = O que você está fazendo?
server-bad = Um endereço é como chat.example.org ou 127.0.0.1:7252.
server-met = { $server } é encontrado pela primeira vez e será reconhecido por { $fingerprint }. Compare com o que o servidor imprimiu.
name-bad = Um nome tem até 32 letras e algarismos de um só alfabeto, com “-”, “_” ou “.” isolados entre eles.
password-needed = Este computador não está conectado com este nome: escreva a senha.
code-needed = A senha está certa. Escreva os seis dígitos que seu aplicativo mostra, ou um código de recuperação.
token-not-kept = Este computador não consegue lembrar que você entrou: { $why }

link-connecting = Conectando…
link-waiting = Não foi possível alcançar o servidor. Nova tentativa em { $seconds } s. O que você escrever será enviado sozinho.
link-now = Tentar agora
link-sign-in = Entrar de novo
needs-server = Isto precisa do servidor, que está fora. Tente de novo quando ele voltar.
link-copied = O link foi copiado. Quem o tiver pode entrar.

sidebar-rooms = Salas
sidebar-directs = Conversas
sidebar-invitations = Convites
sidebar-invited-by = { $name } convida você
sidebar-me = Você é { $name }
sidebar-settings = Configurações
sidebar-leave = Sair do servidor
sidebar-find = Ir para uma sala
sidebar-more = Procurar ou criar uma sala
sidebar-friends =
    { $count ->
        [0] Amigos
        [one] Amigos, { $count } pedido
       *[other] Amigos, { $count } pedidos
    }
sidebar-browse = Ver salas públicas
sidebar-new-room = Nova sala
sidebar-talk = Nova conversa
sidebar-link = Entrar por link
sidebar-room =
    { $unread ->
        [0] { $room }
        [one] { $mentions ->
            [0] { $room }, { $unread } mensagem não lida
           *[other] { $room }, { $unread } mensagem não lida, você é citado
        }
       *[other] { $mentions ->
            [0] { $room }, { $unread } mensagens não lidas
           *[other] { $room }, { $unread } mensagens não lidas, você é citado
        }
    }
invitation-join = Entrar
invitation-decline = Recusar

presence-online = Disponível
presence-away = Ausente
presence-busy = Não incomodar
presence-invisible = Invisível
presence-offline = Desconectado

person-presence = Status…
person-message = Conversar
person-befriend = Adicionar aos amigos…
person-accept = Aceitar
person-decline = Recusar
person-withdraw = Retirar o pedido
person-unfriend = Remover dos amigos
person-block = Bloquear
person-unblock = Desbloquear
person-mute = Silenciar…
person-kick = Retirar…
person-ban = Banir…
person-moderator = Tornar moderador
person-plain = Tornar membro comum

room-more = Mais sobre esta sala
room-order = Moderação
room-order-reports =
    { $count ->
        [one] Moderação · { $count } denúncia
       *[other] Moderação · { $count } denúncias
    }
room-members =
    { $count ->
        [one] { $count } membro
       *[other] { $count } membros
    }
room-pins = Fixadas ({ $count })
room-topic = Mudar o assunto
room-invite = Convidar alguém
room-archive = Arquivar
room-unarchive = Reabrir
room-leave = Sair da sala
room-read = Marcar como lida

members-title = Membros
members-owner = Dono
members-moderators = Moderadores · { $count }
members-members = Membros · { $count }
members-here = { $name }, presente
members-away = { $name }, ausente
members-typing = escrevendo…

friends-title = Amigos
friends-guest = Amigos são para quem tem uma conta.
friends-add = Adicionar um amigo
friends-none = Ninguém ainda.
friends-asked-by = Querem ser seus amigos · { $count }
friends-friends = Amigos · { $count }
friends-asked = Você pediu · { $count }
friends-blocked = Bloqueados · { $count }

order-title = Moderação
order-slow = Modo lento
order-slow-off = Desligado
order-slow-seconds =
    { $seconds ->
        [one] Uma mensagem por segundo
       *[other] Uma mensagem a cada { $seconds } segundos
    }
order-none = Nada.
order-reports = Denúncias · { $count }
order-report = { $name }, { $time }
order-see = Mostrar
order-resolve = Resolvida
order-sanctions = Banidos e silenciados · { $count }
order-banned = { $name } está banido
order-muted = { $name } está silenciado
order-lift = Levantar
order-links = Links para a sala · { $count }
order-new-link = Copiar um novo link
order-link = De { $name }, vale até { $until }
order-link-forever = ser retirado
order-unlink = Retirar
order-acts = Quem fez o quê

timeline-unread = Novas
timeline-newest = ↓ Para a mais nova
timeline-new =
    { $count ->
        [one] ↓ { $count } mensagem nova
       *[other] ↓ { $count } mensagens novas
    }
timeline-bar = Posição na conversa

row-name = Mensagem de { $author }, { $time }
row-deleted = Esta mensagem foi apagada.
row-edited = (editada)
row-sign = { $sign } de { $names }
row-answers = Em resposta a: { $text }
row-answers-deleted = { $author }  uma mensagem apagada
row-answers-unknown = Uma mensagem anterior
row-sending = Enviando…
row-waiting = Esperando para ser enviada
row-offline = Ainda não enviada: o servidor está fora
row-failed = Não enviada: { $why }
row-retry = Tentar de novo
row-discard = Descartar
row-damaged =
    { $count ->
        [one] Um registro está danificado no disco do servidor e não pode ser lido.
       *[other] { $count } registros estão danificados no disco do servidor e não podem ser lidos.
    }
row-skipped =
    { $count ->
        [one] Um registro anterior: carregar
       *[other] { $count } registros não carregados: carregar
    }
row-skipped-loading = Carregando…
row-skipped-offline =
    { $count ->
        [one] Um registro está no servidor, que está fora
       *[other] { $count } registros estão no servidor, que está fora
    }
row-skipped-full =
    { $count ->
        [one] Um registro anterior: não cabe mais aqui
       *[other] { $count } registros anteriores: não cabem mais aqui
    }

message-more = Mais
message-reply = Responder
message-react = Reagir
message-copy = Copiar texto
message-copy-whole = Copiar com autor e hora
message-edit = Editar
message-pin = Fixar
message-unpin = Desafixar
message-delete = Apagar
message-report = Denunciar…

composer-field = Mensagem para { $room }
composer-send = Enviar
composer-offers = Tab escolhe
composer-reply = Resposta a { $author }
composer-edit = Edite sua mensagem
composer-archived = Esta sala está arquivada: está aqui para ser lida.
composer-full = Há demais esperando para ser enviado. Nada mais é aceito antes que o servidor volte.
composer-muted = Aqui você pode ler e não escrever
composer-typing =
    { $count ->
        [one] { $names } está escrevendo…
       *[other] { $names } estão escrevendo…
    }
composer-typing-many = Várias pessoas estão escrevendo…
composer-left =
    { $count ->
        [one] Resta um byte
       *[other] Restam { $count } bytes
    }
composer-over =
    { $count ->
        [one] Um byte a mais: divida-a
       *[other] { $count } bytes a mais: divida-a
    }

empty-title = Nenhuma sala aberta
empty-hint = Escolha uma à esquerda, ou dê uma olhada.

switcher-title = Ir para uma sala
switcher-field = Parte de um nome
switcher-none = Não há sala assim entre as suas.
browse-title = Salas públicas
browse-field = Parte de um nome ou assunto
browse-none = Nenhuma sala se chama assim.
browse-members =
    { $count ->
        [one] { $count } membro
       *[other] { $count } membros
    }
browse-joined = Você está nela
react-title = Reagir
react-field = Parte do nome de um sinal
new-room-title = Nova sala
new-room-private = Privada: só a encontra quem é convidado ou tem um link
new-room-create = Criar
join-link-title = Entrar por link
talk-title = Nova conversa
talk-start = Começar
befriend-title = Adicionar um amigo
befriend-send = Enviar pedido
invite-send = Convidar
report-title = Avisar os moderadores
report-send = Denunciar
delete-title = Apagar esta mensagem?
delete-hint = As palavras são apagadas no servidor e para todos. Isto não pode ser desfeito.
leave-title = Sair de { $room }?
leave-hint = Você pode voltar enquanto lhe for permitido entrar.
mute-title = Silenciar { $name }
kick-title = Retirar { $name }
ban-title = Banir { $name }
time-minutes = 10 min
time-hour = 1 hora
time-day = 1 dia
time-week = 1 semana
time-forever = Sem fim

settings-title = Configurações
settings-theme = Aparência
theme-system = Sistema
theme-light = Clara
theme-dark = Escura
settings-language = Idioma
language-system = Sistema
settings-text = Tamanho de tudo

act-created = { $author } criou a sala
act-joined = { $author } entrou
act-left = { $author } saiu
act-added = { $author } adicionou { $name }
act-topic = { $author } definiu o assunto: { $text }
act-topic-none = { $author } retirou o assunto
act-pinned = { $author } fixou uma mensagem
act-unpinned = { $author } desafixou uma mensagem
act-kicked = { $author } retirou { $name }
act-banned = { $author } baniu { $name }
act-unbanned = { $author } levantou o banimento de { $name }
act-muted = { $author } silenciou { $name }
act-unmuted = { $author } deixou { $name } falar de novo
act-invited = { $author } convidou { $name }
act-uninvited = { $author } retirou o convite de { $name }
act-link = { $author } criou um link para a sala
act-unlinked = { $author } retirou um link
act-plain = { $author } tornou { $name } membro comum
act-moderator = { $author } tornou { $name } moderador
act-owner = { $author } deu a sala a { $name }
act-renamed = { $author } mudou o nome da sala para { $text }
act-archived = { $author } arquivou a sala
act-unarchived = { $author } reabriu a sala
act-slow-off = { $author } desligou o modo lento
act-slow =
    { $seconds ->
        [one] { $author } ligou o modo lento: uma mensagem por segundo
       *[other] { $author } ligou o modo lento: uma mensagem a cada { $seconds } segundos
    }
act-closed = { $author } fechou a sala
act-deleted = { $author } apagou uma mensagem
act-until = { $sentence } até { $until }
out-kicked =
    { $known ->
        [yes] { $by } retirou você de { $room }.
       *[no] Você foi retirado de { $room }.
    }
out-banned =
    { $known ->
        [yes] { $by } baniu você de { $room }.
       *[no] Você foi banido de { $room }.
    }
out-banned-until =
    { $known ->
        [yes] { $by } baniu você de { $room } até { $until }.
       *[no] Você foi banido de { $room } até { $until }.
    }
out-closed =
    { $known ->
        [yes] { $by } fechou { $room }.
       *[no] { $room } foi fechada.
    }

refused-name-taken = Este nome já tem dono, ou se parece com um que tem. Escolha outro, ou entre com a conta.
refused-too-many-devices = Você está em tantos aparelhos quantos pode. Saia em um deles.
refused-guests-closed = Este servidor não aceita novos visitantes.
refused-registration-closed = Este servidor não cria novas contas.
refused-weak-password = Uma senha tem pelo menos 8 caracteres e não é das mais comuns.
refused-wrong-password = Não há conta com este nome e esta senha.
refused-code-needed = Escreva também o código de uso único.
refused-wrong-code = O código não está certo, já foi usado ou é velho demais.
refused-busy = O servidor está ocupado com outras entradas. Será tentado de novo.
refused-account-only = Isto é para contas, não para visitantes.
refused-not-allowed = Você não pode fazer isto aqui.
refused-no-such-person = Não há ninguém com este nome.
refused-blocked-by-you = Você bloqueou esta pessoa. Desbloqueie primeiro.
refused-yourself = Isto não se faz consigo mesmo.
refused-room-taken = Já há uma sala com este nome, ou com um parecido.
refused-no-such-room = Não há tal sala.
refused-not-a-member = Você não está nesta sala.
refused-no-such-member = Esta pessoa não está na sala.
refused-bad-link = Este link não existe, foi gasto ou é velho demais.
refused-archived = Esta sala está arquivada: está aqui para ser lida.
refused-no-such-post = Esta mensagem se foi.
refused-not-there = Isto não está mais aqui.
refused-empty-text = Uma mensagem precisa dizer algo.
refused-slow-down = Foi demais de uma vez. Será tentado de novo sozinho.
refused-storage-full = O disco do servidor está cheio. A leitura continua, e o que você escreveu será enviado quando houver espaço.
refused-storage-failed = O disco do servidor falhou. O que você escreveu será enviado de novo.
refused-stopping = O servidor está parando. O que você escreveu será enviado quando ele voltar.
closed-replaced = Este aparelho se conectou de outro lugar.
closed-revoked = Este aparelho foi desconectado por outro.
closed-erased = Esta conta foi apagada.
closed-quit = Você saiu.
closed-protocol = O servidor fala outra versão do protocolo. Atualize este programa.

room-search = Procurar
search-title = Procurar
search-words = Palavras
search-day = Neste dia ou antes (2026-11-25)
search-day-bad = Um dia se escreve como 2026-11-25.
search-here = Só nesta sala
search-find = Procurar
search-none = Nada foi encontrado.
message-choose = Selecionar
chosen-count =
    { $count ->
        [one] Uma mensagem selecionada
       *[other] { $count } mensagens selecionadas
    }
chosen-copy = Copiar com autores e horas
settings-notify = Avise-me quando alguém me citar ou escrever para mim
notify-from = { $author } em { $room }

presence-friends-only = Só amigos veem se estou aqui
account-title = Criar uma conta
account-hint = Você mantém seu nome, suas salas e tudo o que disse, e pode entrar de outros aparelhos.
account-made = Agora você tem uma conta.
